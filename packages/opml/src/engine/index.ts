export * from './portableExecutor.ts'
export * from './portableKernels.ts'
