import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Two pages, studio and consent, into the Python package: users need no node.
export default defineConfig({
  plugins: [svelte()],
  base: "/",
  logLevel: "warn",
  build: {
    outDir: "../src/countenance/server/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: "index.html", consent: "consent.html" }, checks: { pluginTimings: false } },
  },
});
