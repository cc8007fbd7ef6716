import { expect, test } from 'vitest'
import {
  DescriptorError,
  InvalidProgramError,
  ProgramTextError,
  TensorBytesError,
  TensorTooLargeError,
  UnknownDtypeError,
} from './errors.ts'

test('error: an unknown dtype lists those that there are', () => {
  const error = new UnknownDtypeError({ dtype: 'f64' })
  expect(error.message).toMatchInlineSnapshot(`""f64" is no dtype."`)
  expect(error.suggestion).toMatchInlineSnapshot(`"Use f32, f16, bf16, i8, u8, i16, u16, i32, u32, i64, u64 or bool."`)
  expect([error.code, error.dtype]).toEqual(['GRAPH_UNKNOWN_DTYPE', 'f64'])
})

test('error: a tensor that is too large is shown with its type', () => {
  const error = new TensorTooLargeError({ shape: [65536, 8192], dtype: 'f32' })
  expect(error.message).toMatchInlineSnapshot(`"A tensor f32[65536, 8192] has more than 1 GiB."`)
  expect([error.code, error.shape, error.dtype]).toEqual(['GRAPH_TENSOR_TOO_LARGE', [65536, 8192], 'f32'])
})

test('error: a bad descriptor names the word', () => {
  const error = new DescriptorError({ word: 80, message: '6 is no micro-op.' })
  expect(error.message).toMatchInlineSnapshot(`"Descriptor, word 80: 6 is no micro-op."`)
  expect(error.suggestion).toMatchInlineSnapshot(
    `"The bundle is damaged or of another version; import the model again."`,
  )
  expect([error.code, error.word]).toEqual(['GRAPH_DESCRIPTOR', 80])
})

test('error: an invalid program names the place as far as it is known', () => {
  const message = 'it is wrong.'
  expect(new InvalidProgramError({ message }).message).toMatchInlineSnapshot(`"The program: it is wrong."`)
  expect(new InvalidProgramError({ section: 2, message }).message).toMatchInlineSnapshot(`"Section 2: it is wrong."`)
  const error = new InvalidProgramError({ section: 2, node: 7, message })
  expect(error.message).toMatchInlineSnapshot(`"Section 2, node 7: it is wrong."`)
  expect(error.suggestion).toMatchInlineSnapshot(
    `"Import the model again; if the importer made this program, report it with the model."`,
  )
  expect([error.code, error.section, error.node, error.rule]).toEqual(['GRAPH_INVALID_PROGRAM', 2, 7, message])
})

test('error: bad text names line and column', () => {
  const error = new ProgramTextError({ line: 3, column: 18, message: 'expected "v0", got "v1".' })
  expect(error.message).toMatchInlineSnapshot(`"Line 3, column 18: expected "v0", got "v1"."`)
  expect(error.suggestion).toMatchInlineSnapshot(
    `"Compare with the output of "printProgram" for a program of this version."`,
  )
  expect([error.code, error.line, error.column]).toEqual(['GRAPH_PROGRAM_TEXT', 3, 18])
})

test('error: a wrong number of bytes is held against the type', () => {
  const error = new TensorBytesError({ dtype: 'i16', shape: [2, 3], expected: 12, actual: 11 })
  expect(error.message).toMatchInlineSnapshot(`"A tensor i16[2, 3] takes 12 bytes, got 11."`)
  expect(error.suggestion).toMatchInlineSnapshot(
    `"Give the bytes of the whole tensor in this dtype, row by row, little-endian."`,
  )
  expect([error.code, error.dtype, error.shape, error.expected, error.actual]).toEqual([
    'GRAPH_TENSOR_BYTES',
    'i16',
    [2, 3],
    12,
    11,
  ])
})
