/** A file's text as a module: by scripts/build.mjs in the bundle, by Vite in tests. */
declare module '*?raw' {
  const text: string;
  export default text;
}
