export type { Clip } from './calibration.ts'
export * from './errors.ts'
export type * from './qualityReport.ts'
export {
  quantiseOnnx,
  quantiseValues,
  type QuantisedModel,
  type QuantiseOptions,
  type Runnable,
} from './quantiseOnnx.ts'
