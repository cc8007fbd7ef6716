export * from './traceProvider.ts'
export * from './types.ts'
