import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** The most that a browser may load, gzip (robustness-and-screens 3.9, the figure of the product: 120 kB). */
export const BUDGET_BYTES = 120_000;

/** Prints what the browser loads, gzip, and fails the build beyond the budget. */
export function budget(): Plugin {
  return {
    name: "ilex-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      let total = 0;
      for (const file of Object.values(bundle)) {
        total += gzipSync(file.type === "chunk" ? file.code : file.source).length;
      }
      const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1);
      const line = `everything the browser loads: ${kilobytes(total)} kB gzip of ${kilobytes(BUDGET_BYTES)} kB`;
      if (total > BUDGET_BYTES) this.error(line);
      this.info(line);
    },
  };
}
