export * from './safetensors/errors.ts'
export * from './safetensors/readTensor.ts'
export * from './safetensors/safetensors.ts'
