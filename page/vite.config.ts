import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Three pages, studio, consent and share, into the Python package: users need no node.
export default defineConfig({
  plugins: [svelte()],
  base: "/",
  logLevel: "warn",
  build: {
    outDir: "../src/countenance/server/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: "index.html", consent: "consent.html", share: "share.html" }, checks: { pluginTimings: false } },
  },
});
