import { type Dtype, elements } from 'opml/graph'
import { expect, test } from 'vitest'
import { InputError } from './errors.ts'
import { jsonTensor } from './jsonTensor.ts'

const read = (text: string, dtype: Dtype) => {
  const tensor = jsonTensor(text, { input: 'k', dtype })
  return [tensor.shape, Array.from<number | bigint>(elements(tensor))]
}

test.each([
  ['16000', 'i64', [[], [16_000n]]],
  ['[1, -1]', 'i64', [[2], [1n, -1n]]],
  [
    '[[1, 2, 3], [4, 5, 6]]',
    'u8',
    [
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
  ],
  ['[]', 'i32', [[0], []]],
  ['[[], []]', 'i32', [[2, 0], []]],
  ['true', 'bool', [[], [1]]],
  ['-0.5', 'f32', [[], [-0.5]]],
  ['[1, -2]', 'f16', [[2], [0x3c00, 0xc000]]],
  ['1', 'bf16', [[], [0x3f80]]],
] as const)('default: %s as %s', (text, dtype, expected) => {
  expect(read(text, dtype)).toEqual(expected)
})

test.each([
  ['abc', 'i64'],
  ['"1"', 'i64'],
  ['null', 'i64'],
  ['{}', 'i64'],
  ['[[1], [2, 3]]', 'i64'],
  ['[1, [2]]', 'i64'],
  ['[[1], 2]', 'i64'],
  ['1.5', 'i64'],
  ['9007199254740993', 'i64'],
  ['256', 'u8'],
  ['-1', 'u64'],
  ['2', 'bool'],
] as const)('error: %s as %s', (text, dtype) => {
  expect(() => read(text, dtype)).toThrow(InputError)
})
