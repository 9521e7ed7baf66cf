/** Whether the app is built to be shown from files, without a service; see `demo.ts`. */
declare const IS_DEMO: boolean;

/** Written by `vite.config.ts`: where the packed runtime is, how large, and what its checksum is. */
declare module "virtual:ort-runtime" {
  const runtime: { readonly address: string; readonly bytes: number; readonly sha256: string };
  export default runtime;
}
