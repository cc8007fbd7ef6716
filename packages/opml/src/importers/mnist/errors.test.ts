import { expect, test } from 'vitest'
import * as errors from './errors.ts'

test('error: texts', () => {
  const texts = [
    new errors.ModelRegionError({ reason: 'it has no empty model region' }),
    new errors.AccumulatorRangeError({ tensor: 'fc1.bias', row: 2, bound: 2147483648 }),
    new errors.QuantizedParameterError({ tensor: 'fc1.shift', index: 1, value: 63, low: 0, high: 62 }),
    new errors.CalibrationError({ reason: '0 bytes are not a positive multiple of 784' }),
    new errors.ImageSizeError({ actual: 785 }),
  ].map((error) => `${error.code}: ${error.message}`)
  expect(texts).toMatchInlineSnapshot(`
    [
      "IMPORT_MODEL_REGION: Program template: it has no empty model region.",
      "IMPORT_ACCUMULATOR_RANGE: Tensor "fc1.bias", row 2: sums may reach ±2147483648, outside 32 bits.",
      "IMPORT_QUANTIZED_PARAMETER: Tensor "fc1.shift", element 1: 63 is outside 0 to 62.",
      "IMPORT_CALIBRATION: Calibration images: 0 bytes are not a positive multiple of 784.",
      "IMPORT_IMAGE_SIZE: Image: expected 784 bytes (28 rows of 28 pixels), got 785.",
    ]
  `)
})
