import { defineConfig } from "vite";
import { budget } from "./build/budget";

// The service serves what is built here; in development its API is asked through the proxy.
const service = process.env.ILEX_SERVICE ?? "http://127.0.0.1:8080";

export default defineConfig({
  build: {
    outDir: "../service/web",
    emptyOutDir: true,
    target: "es2022",
    // Nothing inline: the pages run under `default-src 'self'`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  plugins: [budget()],
  server: { proxy: { "/api": { target: service, ws: true } } },
});
