export * from './portableKernels.ts'
