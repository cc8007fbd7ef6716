import { expect, test } from 'vitest'
import * as errors from './errors.ts'

test('error: texts', () => {
  const texts = [
    new errors.SafetensorsTruncatedError({ part: 'the header', neededBytes: 72, actualBytes: 9 }),
    new errors.SafetensorsHeaderError({ reason: 'it is not a JSON object' }),
    new errors.SafetensorsTensorError({ tensor: 'w', reason: 'unknown dtype "F31"' }),
    new errors.SafetensorsLayoutError({ reason: 'two tensors overlap', offsetBytes: 4 }),
    new errors.MissingTensorError({ tensor: 'fc1.bias', present: ['a', 'b'] }),
    new errors.MissingTensorError({ tensor: 'fc1.bias', present: Array.from({ length: 10 }, (_, i) => `t${i}`) }),
    new errors.MissingTensorError({ tensor: 'x'.repeat(90), present: [] }),
    new errors.TensorDtypeError({ tensor: 'w', expected: 'F32', actual: 'F16' }),
    new errors.TensorShapeError({ tensor: 'w', expected: [20, 784], actual: [784, 20] }),
    new errors.NonFiniteWeightError({ tensor: 'w', index: 3, value: Number.NaN }),
  ].map((error) => `${error.code}: ${error.message}`)
  expect(texts).toMatchInlineSnapshot(`
    [
      "IMPORT_SAFETENSORS_TRUNCATED: Safetensors file: the header needs 72 bytes, the file has 9.",
      "IMPORT_SAFETENSORS_HEADER: Safetensors header: it is not a JSON object.",
      "IMPORT_SAFETENSORS_TENSOR: Safetensors tensor "w": unknown dtype "F31".",
      "IMPORT_SAFETENSORS_LAYOUT: Safetensors data section: two tensors overlap at offset 4.",
      "IMPORT_MISSING_TENSOR: State dict has no tensor "fc1.bias"; it has "a", "b".",
      "IMPORT_MISSING_TENSOR: State dict has no tensor "fc1.bias"; it has "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7" and 2 more.",
      "IMPORT_MISSING_TENSOR: State dict has no tensor "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"…; it has none.",
      "IMPORT_TENSOR_DTYPE: Tensor "w": expected dtype F32, got F16.",
      "IMPORT_TENSOR_SHAPE: Tensor "w": expected shape [20,784], got [784,20].",
      "IMPORT_NON_FINITE_WEIGHT: Tensor "w": element 3 is NaN.",
    ]
  `)
})
