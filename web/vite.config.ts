/**
 * How the app is built: into `dist`, served by the service below `/app/`. Whatever a phone needs without a network is
 * either listed for the service worker, or fetched in parts by the app itself (the model and what runs it).
 */

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin, type UserConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

const OUT = "dist";
const STATIC = "../serving/static";
/** Smaller ones gain nothing. */
const MIN_PACKED_BYTES = 1024;

const hashOf = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex").slice(0, 16);

/** onnxruntime's WebAssembly, packed: 4 MB instead of 14, unpacked on the phone; its address names its content. */
function ortRuntime(isDemo: boolean): Plugin {
  const name = "virtual:ort-runtime";
  const plain = readFileSync("node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm");
  const packed = gzipSync(plain, { level: 9 });
  // Some hosts unpack what ends in .gz.
  const fileName = `ort/ort-${hashOf(packed)}.wasm.${isDemo ? "bin" : "gz"}`;
  const runtime = JSON.stringify({
    address: `/app/${fileName}`,
    bytes: packed.byteLength,
    sha256: createHash("sha256").update(packed).digest("hex"),
  });
  return {
    name: "ort-runtime",
    enforce: "pre",
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? `export default ${runtime};` : undefined),
    generateBundle() {
      this.emitFile({ type: "asset", fileName, source: packed });
      // For apps that are open while a newer one is put here: they fetch what it will need.
      this.emitFile({ type: "asset", fileName: "runtime.json", source: runtime });
    },
  };
}

/** The demo lies in any folder: addresses of pictures begin there, and the service's own come along. */
function besideThePage(): Plugin {
  const moved = (text: string): string => text.replaceAll(/(?<=["'`])\/(?=(static|v1\/examples)\/)/g, "./");
  return {
    name: "beside-the-page",
    enforce: "pre",
    transform: (code, id) => (/\/src\/[^?]*\.tsx?$/.test(id) ? { code: moved(code), map: null } : undefined),
    transformIndexHtml: { order: "pre", handler: (page) => moved(page).replace(/<a href=.*<\/a>/, "Majani needs JavaScript.") },
    generateBundle() {
      for (const file of SHARED) this.emitFile({ type: "asset", fileName: `static/${file}`, source: readFileSync(`${STATIC}/${file}`) });
      for (const [crop, file] of SAMPLES) this.emitFile({ type: "asset", fileName: `samples/${crop}.jpg`, source: readFileSync(file) });
    },
  };
}

/** onnxruntime would have its WebAssembly copied beside the script, unpacked and never used. */
function withoutOrtCopy(): Plugin {
  return {
    name: "without-ort-copy",
    enforce: "pre",
    transform: (code, id) =>
      id.includes("onnxruntime-web")
        ? { code: code.replaceAll(/new URL\("ort-wasm[^"]*\.wasm",\s*import\.meta\.url\)\.href/g, '""'), map: null }
        : undefined,
  };
}

/** What the service worker asks for first, and a packed copy beside each file, so that the service has nothing to compute. */
function finish(): Plugin {
  return {
    name: "finish",
    apply: "build",
    enforce: "post",
    closeBundle: {
      sequential: true,
      order: "post",
      handler() {
        const [worker, install] = [`${OUT}/sw.js`, "src/device/install.js"].map((file) => readFileSync(file, "utf-8"));
        writeFileSync(`${OUT}/sw.js`, `const RUNTIME = ${readFileSync(`${OUT}/runtime.json`, "utf-8")};\n${install}${worker}`);
        packBelow(OUT);
      },
    },
  };
}

function packBelow(folder: string): void {
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) packBelow(path);
    else if (/\.(js|css|html|svg|json|webmanifest)$/.test(entry) && statSync(path).size >= MIN_PACKED_BYTES) {
      // More, smaller blocks: a phone's first script gets 90 bytes smaller than with the usual 8.
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9, memLevel: 7 }));
    }
  }
}

/** What `src/part/samples.tsx` shows, by crop. */
const SAMPLES = [["bean", "samples/bean.jpg"], ["coffee", "samples/coffee.jpg"], ["groundnut", "../docs/leaf.jpg"]] as const;
const SHARED = ["page.css", "leaf.svg", "signs.svg", "practices.svg"];

export default defineConfig(({ mode }) => {
  // To be shown from any folder of any web host, without a service.
  const isDemo = mode === "demo";
  const root = isDemo ? "./" : "/";
  const app = isDemo ? "./" : "/app/";
  const shared = SHARED.map((file) => ({ url: `${root}static/${file}`, revision: hashOf(readFileSync(`${STATIC}/${file}`)) }));
  const samples = isDemo ? SAMPLES.map(([crop, file]) => ({ url: `./samples/${crop}.jpg`, revision: hashOf(readFileSync(file)) })) : [];
  return {
    base: app,
    define: { IS_DEMO: JSON.stringify(isDemo) },
    esbuild: { jsx: "automatic", jsxImportSource: "preact" },
    build: { outDir: OUT, manifest: !isDemo, target: "es2020", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
    worker: { format: "es", plugins: () => [withoutOrtCopy()] },
    plugins: [
      ortRuntime(isDemo),
      ...(isDemo ? [besideThePage()] : []),
      VitePWA({
        registerType: "prompt",
        injectRegister: false,
        includeAssets: [],
        manifest: {
          id: root,
          name: "Majani",
          short_name: "Majani",
          description: "What is wrong with a leaf, how sure that is, and what to do now.",
          start_url: root,
          scope: root,
          display: "standalone",
          background_color: "#f3f5ef",
          theme_color: "#1f6b2a",
          icons: [
            { src: `${app}icon-192.png`, sizes: "192x192", type: "image/png" },
            { src: `${app}icon-512.png`, sizes: "512x512", type: "image/png" },
            { src: `${app}icon-maskable-512.png`, sizes: "512x512", type: "image/png", purpose: "maskable" },
          ],
        },
        workbox: {
          globPatterns: ["index.html", "assets/*.{js,css}", "icon-192.png"],
          additionalManifestEntries: [...shared, ...samples],
          navigateFallback: isDemo ? "index.html" : "/app/index.html",
          // The service's other pages, and its page without the app, are its own.
          navigateFallbackAllowlist: isDemo ? [/./] : [/^\/(\?(?!.*\bplain=).*)?$/],
          // Seen or fetched once, there without a network too. Names are made of contents; 82 conditions have three each.
          runtimeCaching: [
            { urlPattern: /\/v1\/examples\//, handler: "CacheFirst", options: { cacheName: "examples", expiration: { maxEntries: 300 } } },
          ],
          cleanupOutdatedCaches: true,
          sourcemap: false,
        },
      }),
      ...(isDemo ? [] : [finish()]),
    ],
    test: { include: ["tests/**/*.test.ts"], environment: "node" },
  } as UserConfig;
});
