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
export { realValues } from './realValues.ts'
export { isDepthwise } from './modelFacts.ts'
