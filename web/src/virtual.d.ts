/** Written by `vite.config.ts`: where the packed runtime is, and how large. */
declare module "virtual:ort-runtime" {
  const runtime: { readonly address: string; readonly bytes: number };
  export default runtime;
}
