/** Written by `vite.config.ts`: where the packed runtime is, how large, and what its checksum is. */
declare module "virtual:ort-runtime" {
  const runtime: { readonly address: string; readonly bytes: number; readonly sha256: string };
  export default runtime;
}
