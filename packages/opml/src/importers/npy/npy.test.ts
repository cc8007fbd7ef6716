import { describe, expect, test } from 'vitest'
import { zeroTensor } from '../../graph/tensor.ts'
import { NpyError } from './errors.ts'
import { readNpyTensor, writeNpy } from './npyTensor.ts'
import { readNpy } from './readNpy.ts'

/** Files that NumPy 1.24 wrote. */
const NUMPY = {
  v1: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPgAAAD8AAEA/AACAPwAAoD8=',
  v2: 'k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPgAAAD8AAEA/AACAPwAAoD8=',
  v3: 'k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPgAAAD8AAEA/AACAPwAAoD8=',
  bigEndian:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAPoAAAD8AAAA/QAAAP4AAAD+gAAA=',
  fortran:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAwABAAQAAgAFAABAA0ABQARAAkAFQACAA4ABgASAAoAFgADAA8ABwATAAsAFwA=',
  scalar:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoHAAAAAAAAAA==',
  bools:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==',
  f64: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqamZmZmZm5PwAAAAAAAPi/',
  objects:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqABJWQAAAAAAAAAIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBSwKFlGgDjAVkdHlwZZSTlIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9LP3SUYoldlChLAYwBYZRldJRiLg==',
  structure:
    'k05VTVBZAQB2AHsnZGVzY3InOiBbKCd4JywgJzxmNCcpXSwgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAA==',
  empty:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPHU0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=',
  text: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPFUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAAYgAAAA==',
  complex:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGMxNicsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgxLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAPA/',
}

const file = (name: keyof typeof NUMPY): Uint8Array => Uint8Array.from(atob(NUMPY[name]), (char) => char.charCodeAt(0))

function withHeader(header: string, data: Uint8Array = new Uint8Array(24)): Uint8Array {
  const text = new TextEncoder().encode(header)
  const prefix = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8]
  return Uint8Array.from([...prefix, ...text, ...data])
}

describe('readNpy', () => {
  test.each(['v1', 'v2', 'v3', 'bigEndian'] as const)('default: %s', (name) => {
    const { type, shape, bytes } = readNpy(file(name))
    expect([type, shape]).toEqual(['f4', [2, 3]])
    expect(new Float32Array(Uint8Array.from(bytes).buffer)).toEqual(Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25))
  })

  test('default: Fortran order becomes row-major', () => {
    const { shape, bytes } = readNpy(file('fortran'))
    expect(shape).toEqual([2, 3, 4])
    expect(new Int16Array(Uint8Array.from(bytes).buffer)).toEqual(Int16Array.from({ length: 24 }, (_, i) => i))
  })

  test('edge: no dimensions, no elements', () => {
    expect(readNpy(file('scalar'))).toEqual({ type: 'i8', shape: [], bytes: Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0) })
    expect(readNpy(file('empty'))).toEqual({ type: 'u4', shape: [0, 3], bytes: new Uint8Array(0) })
  })

  test.each(['objects', 'structure', 'text', 'complex'] as const)('error: an array of %s', (name) => {
    expect(() => readNpy(file(name))).toThrow(NpyError)
  })

  const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
  test('default: keys in any order, either quotes', () => {
    expect(readNpy(withHeader(good)).shape).toEqual([2, 3])
    expect(readNpy(withHeader('{"shape": (6,), "descr": "<f4", "fortran_order": False}')).shape).toEqual([6])
  })

  test.each([
    ['no dictionary', 'hello'],
    ['code', "__import__('os').system('true')"],
    ['a missing key', "{'descr': '<f4', 'shape': (2, 3), }"],
    ['an unknown key', good.replace('}', "'more': True, }")],
    ['a key twice', good.replace('}', "'shape': (2, 3), }")],
    ['a negative size', good.replace('(2', '(-2')],
    ['a fractional size', good.replace('(2', '(2.5')],
    ['a size beyond all memory', good.replace('(2', '(999999999999999')],
    ['sizes whose product is no number', good.replace('(2, 3)', `(${'999999999999999, '.repeat(30)})`)],
    ['33 dimensions', good.replace('(2, 3)', `(${'1, '.repeat(33)})`)],
    ['a list as shape', good.replace('(2, 3)', '[2, 3]')],
    ['text as order', good.replace('False', "'False'")],
    ['another element type', good.replace('<f4', '<f16')],
    ['more bytes than the shape', good.replace('(2', '(1')],
    ['a byte above ASCII', good.replace('descr', 'd\u00e9scr')],
  ])('error: %s', (_, header) => {
    expect(() => readNpy(withHeader(header))).toThrow(NpyError)
  })

  test('error: cut anywhere', () => {
    const bytes = file('v1')
    for (let length = 0; length < bytes.length; length++)
      expect(() => readNpy(bytes.subarray(0, length))).toThrow(NpyError)
  })

  test('error: version 4, a header of 4 GiB', () => {
    const [version, long] = [file('v1'), file('v2')]
    version[6] = 4
    long.fill(0xff, 8, 12)
    expect(() => readNpy(version)).toThrow('format version 4.0')
    expect(() => readNpy(long)).toThrow('a header of 4294967295 bytes')
  })
})

describe('readNpyTensor', () => {
  test('default: an f64 array is rounded to f32', () => {
    const { bytes } = readNpyTensor(file('f64'), 'f32')
    expect(new Float32Array(Uint8Array.from(bytes).buffer)).toEqual(Float32Array.of(0.1, -1.5))
  })

  test('default: an f32 array is rounded to bf16', () => {
    // 0.25 and 1.25 are bf16 values: the upper halves of 0x3e800000 and 0x3fa00000.
    const { bytes } = readNpyTensor(file('v1'), 'bf16')
    expect(new Uint16Array(Uint8Array.from(bytes).buffer)).toEqual(
      Uint16Array.of(0, 0x3e80, 0x3f00, 0x3f40, 0x3f80, 0x3fa0),
    )
  })

  test('error: another type says how to convert', () => {
    expect(() => readNpyTensor(file('v1'), 'i64')).toThrow(
      expect.objectContaining({ suggestion: "Convert the array first: array.astype('i8')." }),
    )
  })

  test('error: a boolean of 2', () => {
    const bytes = file('bools')
    expect(readNpyTensor(bytes, 'bool').bytes).toEqual(Uint8Array.of(1, 0))
    bytes[bytes.length - 1] = 2
    expect(() => readNpyTensor(bytes, 'bool')).toThrow('neither 0 nor 1')
  })
})

describe('writeNpy', () => {
  test.each(['v1', 'scalar', 'bools', 'empty'] as const)('vector: the file that NumPy writes: %s', (name) => {
    const dtype = ({ v1: 'f32', scalar: 'i64', bools: 'bool', empty: 'u32' } as const)[name]
    expect(writeNpy(readNpyTensor(file(name), dtype))).toEqual(file(name))
  })

  test('property: what is written is read again, in every dtype but bf16, which comes back rounded', () => {
    for (const dtype of ['f32', 'f16', 'bf16', 'i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64', 'bool'] as const) {
      const tensor = zeroTensor(dtype, [2, 1, 3])
      tensor.bytes[tensor.bytes.length - 1] = 1
      expect(readNpyTensor(writeNpy(tensor), dtype)).toEqual(tensor)
    }
  })
})
