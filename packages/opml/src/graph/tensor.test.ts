import { expect, test } from 'vitest'
import { TensorBytesError, TensorTooLargeError } from './errors.ts'
import { type Dtype, DTYPES } from './dtype.ts'
import { elements, tensorOf, tensorOver, zeroTensor } from './tensor.ts'

const BYTES = Uint8Array.of(0x01, 0x80, 0xff, 0x7f, 0x00, 0x00, 0xc0, 0xff)

const cases: [Dtype, readonly (number | bigint)[]][] = [
  ['i8', [1, -128, -1, 127, 0, 0, -64, -1]],
  ['u8', [1, 128, 255, 127, 0, 0, 192, 255]],
  ['i16', [-32767, 32767, 0, -64]],
  ['u16', [32769, 32767, 0, 65472]],
  ['f16', [32769, 32767, 0, 65472]],
  ['bf16', [32769, 32767, 0, 65472]],
  ['i32', [2147450881, -4194304]],
  ['u32', [2147450881, 4290772992]],
  ['f32', [Number.NaN, Number.NaN]],
  ['i64', [-4194304n * 2n ** 32n + 2147450881n]],
  ['u64', [4290772992n * 2n ** 32n + 2147450881n]],
]

test.each(cases)('default: elements of %s, little-endian', (dtype, expected) => {
  const tensor = tensorOver(BYTES, { dtype, shape: [expected.length] })
  expect(Array.from<number | bigint>(elements(tensor))).toEqual(expected)
  expect(elements(tensor).buffer).toBe(BYTES.buffer)
})

test('default: bool is read as bytes', () => {
  expect(elements(tensorOf('bool', [2], Uint8Array.of(0, 1)))).toEqual(Uint8Array.of(0, 1))
})

test('property: elements of every dtype survive, wherever the bytes lie', () => {
  for (const { name: dtype } of DTYPES) {
    for (let offset = 0; offset < 8; offset++) {
      const moved = new Uint8Array(16)
      moved.set(BYTES, offset)
      const shape = [8 / zeroTensor(dtype, []).bytes.length]
      const tensor = tensorOver(moved.subarray(offset, offset + 8), { dtype, shape })
      expect(tensorOf(dtype, shape, elements(tensor)).bytes).toEqual(BYTES)
    }
  }
})

test('default: writing into a tensor of zeros', () => {
  const tensor = zeroTensor('i32', [1, 2])
  ;(elements(tensor) as Int32Array)[1] = -2
  expect(tensor.bytes).toEqual(Uint8Array.of(0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff))
})

test('default: tensorOf copies', () => {
  const values = Int16Array.of(1, 2)
  const tensor = tensorOf('i16', [2], values)
  values[0] = 7
  expect(elements(tensor)).toEqual(Int16Array.of(1, 2))
})

test('edge: a dimension of 0 has no elements, rank 0 has one', () => {
  expect(elements(zeroTensor('i64', [3, 0])).length).toBe(0)
  expect(elements(zeroTensor('f32', []))).toEqual(new Float32Array(1))
})

test('error: refuses too few and too many bytes, and more than 1 GiB', () => {
  expect(() => tensorOver(BYTES, { dtype: 'i32', shape: [3] })).toThrow(TensorBytesError)
  expect(() => tensorOver(BYTES, { dtype: 'i32', shape: [1] })).toThrow(TensorBytesError)
  expect(() => zeroTensor('i8', [2 ** 15, 2 ** 15, 2])).toThrow(TensorTooLargeError)
})
