export * from './portableExecutor.ts'
export * from './portableKernels.ts'
export * from './programWalk.ts'
