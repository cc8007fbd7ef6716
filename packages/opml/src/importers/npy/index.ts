export * from './errors.ts'
export { readNpyTensor, writeNpy } from './npyTensor.ts'
export { type NpyArray, readNpy } from './readNpy.ts'
