import { gzipSync } from "node:zlib";
import type { Plugin, Rollup } from "vite";

/** The most that the patient's screen may load, gzip, its face included (issue 5), and any page that is opened at a desk. */
const PATIENT_BYTES = 120_000;
const DESK_BYTES = 180_000;
const PATIENT = "the patient's screen";

/** Prints what each page loads, gzip, and fails the build where one is beyond the budget. */
export function budget(): Plugin {
  return {
    name: "ilex-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1);
      for (const [page, files] of pagesOf(bundle)) {
        const total = [...files].reduce((sum, name) => sum + sizeOf(bundle[name]), 0);
        const most = page === PATIENT ? PATIENT_BYTES : DESK_BYTES;
        const line = `${page} loads ${kilobytes(total)} kB gzip of ${kilobytes(most)} kB`;
        if (total > most) this.error(line);
        this.info(line);
      }
    },
  };
}

function sizeOf(file: Rollup.OutputBundle[string] | undefined): number {
  if (file === undefined) return 0;
  return gzipSync(file.type === "chunk" ? file.code : file.source).length;
}

/** The entry by itself, which has the screens of the room; and each page that is loaded when it is opened, with it. */
function pagesOf(bundle: Rollup.OutputBundle): Map<string, Set<string>> {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
  const pages = new Map<string, Set<string>>();
  for (const entry of chunks.filter(({ isEntry }) => isEntry)) {
    pages.set(PATIENT, needs(bundle, entry.fileName));
    for (const page of entry.dynamicImports) {
      const name = chunks.find(({ fileName }) => fileName === page)?.facadeModuleId ?? page;
      pages.set(name.replace(/^.*\/src\//, ""), needs(bundle, page, needs(bundle, entry.fileName)));
    }
  }
  return pages;
}

/** A chunk with all that is imported with it, and their styles. */
function needs(bundle: Rollup.OutputBundle, name: string, found = new Set<string>()): Set<string> {
  const chunk = bundle[name];
  if (chunk?.type !== "chunk" || found.has(name)) return found;
  found.add(name);
  for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style);
  // A face comes with the style that names it; recorded sessions come when they are asked for.
  if (chunk.isEntry) for (const name of Object.keys(bundle)) if (name.endsWith(".woff2")) found.add(name);
  for (const other of chunk.imports) needs(bundle, other, found);
  return found;
}
