// Types of the module file of wgsl_reflect, which Node can import; the package describes its bare name alone.
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export * from 'wgsl_reflect';
}
