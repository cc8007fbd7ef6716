import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OpmlError } from '../../core/errors.ts'
import { bytesOf32, readF32, readI32, readI8 } from './readTensor.ts'
import { encodeSafetensors, parseSafetensors } from './safetensors.ts'
import type { SafetensorsTensor } from './safetensors.ts'

/** A file with any header text and data, as an attacker would write it. */
function fileOf(header: string, data: Uint8Array = new Uint8Array(), claimedBytes?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header)
  const file = new Uint8Array(8 + json.length + data.length)
  new DataView(file.buffer).setBigUint64(0, claimedBytes ?? BigInt(json.length), true)
  file.set(json, 8)
  file.set(data, 8 + json.length)
  return file
}

const codeOf = (file: Uint8Array): string => {
  try {
    parseSafetensors(file)
  } catch (error) {
    if (error instanceof OpmlError) return error.code
    throw error
  }
  return 'accepted'
}

const entry = (dtype: unknown, shape: unknown, offsets: unknown) =>
  JSON.stringify({ a: { dtype, shape, data_offsets: offsets } })

describe('parseSafetensors', () => {
  test('default: a file written byte by byte', () => {
    // Header of 64 bytes: 62 of JSON and 2 spaces; then 1.0 and -2.0 as little-endian f32.
    const json = '{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}'
    const file = fileOf(json.padEnd(64), Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0))
    const parsed = parseSafetensors(file)
    expect([...parsed.tensors.keys()]).toEqual(['w'])
    expect(readF32(parsed, { name: 'w', shape: [1, 2] })).toEqual(Float32Array.of(1, -2))
  })

  test('default: metadata is text by name', () => {
    const parsed = parseSafetensors(fileOf('{"__metadata__":{"format":"pt"}}'))
    expect(parsed.metadata.get('format')).toBe('pt')
    expect(parsed.tensors.size).toBe(0)
  })

  test('edge: an empty tensor needs no bytes and a scalar one element', () => {
    const header =
      '{"e":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},"s":{"dtype":"I8","shape":[],"data_offsets":[0,1]}}'
    const parsed = parseSafetensors(fileOf(header, Uint8Array.of(0xff)))
    expect(readF32(parsed, { name: 'e', shape: [0, 3] }).length).toBe(0)
    expect(readI8(parsed, { name: 's', shape: [] })).toEqual(Int8Array.of(-1))
  })

  test('edge: a name of an object prototype is an ordinary name', () => {
    const header = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
    expect([...parseSafetensors(fileOf(header, Uint8Array.of(7))).tensors.keys()]).toEqual(['__proto__'])
  })

  test.each([
    ['an empty file', new Uint8Array(), 'TRUNCATED'],
    ['seven bytes', new Uint8Array(7), 'TRUNCATED'],
    ['a header beyond the file', fileOf('{}', undefined, 3n), 'TRUNCATED'],
    ['a header of 100,000,001 bytes', fileOf('{}', undefined, 100_000_001n), 'HEADER'],
    ['a header of 2^64 - 1 bytes', fileOf('{}', undefined, 0xffff_ffff_ffff_ffffn), 'HEADER'],
    ['no JSON', fileOf('{"a":'), 'HEADER'],
    ['an empty header', fileOf(''), 'HEADER'],
    ['a list', fileOf('[]'), 'HEADER'],
    ['null', fileOf('null'), 'HEADER'],
    ['deep nesting', fileOf('['.repeat(200_000)), 'HEADER'],
    ['broken UTF-8', fileOf('{}').fill(0xff, 8), 'HEADER'],
    ['metadata that is a list', fileOf('{"__metadata__":[]}'), 'HEADER'],
    ['metadata with a number', fileOf('{"__metadata__":{"a":1}}'), 'HEADER'],
    ['an entry that is null', fileOf('{"a":null}'), 'TENSOR'],
    ['an unknown dtype', fileOf(entry('F31', [1], [0, 4])), 'TENSOR'],
    ['a dtype named like a method', fileOf(entry('toString', [1], [0, 4])), 'TENSOR'],
    ['no dtype', fileOf(entry(undefined, [1], [0, 4])), 'TENSOR'],
    ['a negative size', fileOf(entry('F32', [-1], [0, 4])), 'TENSOR'],
    ['a fractional size', fileOf(entry('F32', [0.5], [0, 2])), 'TENSOR'],
    ['sizes that overflow', fileOf(entry('F32', [0x40000000, 0x40000000, 16], [0, 0])), 'TENSOR'],
    ['a shape that is text', fileOf(entry('F32', '1', [0, 4])), 'TENSOR'],
    ['one offset', fileOf(entry('F32', [1], [4])), 'TENSOR'],
    ['a negative offset', fileOf(entry('F32', [1], [-4, 0])), 'TENSOR'],
    ['offsets in reverse', fileOf(entry('F32', [1], [4, 0])), 'TENSOR'],
    ['fewer bytes than the shape', fileOf(entry('F32', [2], [0, 4]), new Uint8Array(4)), 'TENSOR'],
    ['data beyond the file', fileOf(entry('F32', [2], [0, 8]), new Uint8Array(7)), 'TRUNCATED'],
    ['a gap before', fileOf(entry('F32', [1], [4, 8]), new Uint8Array(8)), 'LAYOUT'],
    ['bytes behind', fileOf(entry('F32', [1], [0, 4]), new Uint8Array(5)), 'LAYOUT'],
    [
      'an overlap',
      fileOf(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
        new Uint8Array(3),
      ),
      'LAYOUT',
    ],
  ])('error: refuses %s', (_, file, code) => {
    expect(codeOf(file)).toBe(`IMPORT_SAFETENSORS_${code}`)
  })

  test('error: a dtype named like a method is unknown, and quoted', () => {
    expect(() => parseSafetensors(fileOf(entry('toString', [1], [0, 4])))).toThrow('unknown dtype "toString"')
  })

  test('property: any mutation of a sound file is read or refused with an OpmlError', () => {
    const sound = encodeSafetensors([
      { name: 'a', dtype: 'F32', shape: [2], bytes: new Uint8Array(8) },
      { name: 'b', dtype: 'I8', shape: [3, 1], bytes: new Uint8Array(3) },
    ])
    const mutation = fc.record({ at: fc.nat(sound.length - 1), byte: fc.nat(255), cut: fc.nat(sound.length) })
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
        const file = sound.slice(0, Math.max(1, (mutations[0] as { cut: number }).cut || sound.length))
        for (const { at, byte } of mutations) if (at < file.length) file[at] = byte
        codeOf(file)
      }),
      { seed: 7, numRuns: 2000 },
    )
  })
})

describe('encodeSafetensors', () => {
  test('property: parse gives back what was encoded', () => {
    const tensors: SafetensorsTensor[] = [
      { name: 'x', dtype: 'F32', shape: [2, 1], bytes: bytesOf32(Float32Array.of(0.5, -0)) },
      { name: 'y "quoted"', dtype: 'I32', shape: [1], bytes: bytesOf32(Int32Array.of(-2)) },
    ]
    const file = encodeSafetensors(tensors, { made: 'here' })
    expect((file[0] as number) % 8).toBe(0)
    const parsed = parseSafetensors(file)
    expect([...parsed.tensors.values()].map((tensor) => ({ ...tensor, bytes: new Uint8Array(tensor.bytes) }))).toEqual(
      tensors,
    )
    expect(parsed.metadata.get('made')).toBe('here')
    expect(readI32(parsed, { name: 'y "quoted"', shape: [1] })).toEqual(Int32Array.of(-2))
  })

  test('error: bytes that contradict the shape, a name given twice', () => {
    const tensor = { name: 'a', dtype: 'F32', shape: [1], bytes: new Uint8Array(4) } as const
    expect(() => encodeSafetensors([{ ...tensor, shape: [2] }])).toThrow('needs 8 bytes, it has 4')
    expect(() => encodeSafetensors([tensor, tensor])).toThrow('given twice')
  })
})

describe('readF32', () => {
  const parsed = parseSafetensors(
    encodeSafetensors([
      { name: 'w', dtype: 'F32', shape: [2], bytes: bytesOf32(Float32Array.of(1, Number.NaN)) },
      { name: 'i', dtype: 'F32', shape: [1], bytes: bytesOf32(Float32Array.of(Number.NEGATIVE_INFINITY)) },
    ]),
  )
  const codeFor = (read: () => unknown): string => {
    try {
      read()
    } catch (error) {
      return (error as OpmlError).code
    }
    return 'accepted'
  }

  test('error: missing, other dtype, other shape, other rank, not finite', () => {
    expect(codeFor(() => readF32(parsed, { name: 'v', shape: [2] }))).toBe('IMPORT_MISSING_TENSOR')
    expect(codeFor(() => readI8(parsed, { name: 'w', shape: [2] }))).toBe('IMPORT_TENSOR_DTYPE')
    expect(codeFor(() => readF32(parsed, { name: 'w', shape: [3] }))).toBe('IMPORT_TENSOR_SHAPE')
    expect(codeFor(() => readF32(parsed, { name: 'w', shape: [2, 1] }))).toBe('IMPORT_TENSOR_SHAPE')
    expect(codeFor(() => readF32(parsed, { name: 'w', shape: [2] }))).toBe('IMPORT_NON_FINITE_WEIGHT')
    expect(codeFor(() => readF32(parsed, { name: 'i', shape: [1] }))).toBe('IMPORT_NON_FINITE_WEIGHT')
  })
})
