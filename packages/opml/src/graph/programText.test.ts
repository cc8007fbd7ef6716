import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProgramTextError } from './errors.ts'
import { f32BitsFromText, f32BitsToText } from './f32Text.ts'
import { parseProgram } from './parseProgram.ts'
import { printProgram } from './programText.ts'
import { arbitraryProgram } from './testing/arbitraryProgram.ts'
import { SAMPLE } from './testing/samplePrograms.ts'

const TEXT = `program 1
constant @0 "fc1.weight" f32[784, 20]
constant @1 "fc1.bias" f32[20]
input $0 "image" f32[1, 784]
input $1 "start" i32[2]
section 0 steps 1 {
  %0 = MatMul f32[1, 20] a=$0:f32 view(784, 0) b=@0:f32 view(0, 1) c=@1:f32 view(0, 1) {k=784, strideA=1, strideB=20} [ v0 = acc; v1 = load c; v2 = f32.add v0, v1; v3 = f32.max v2, 0.0 ]
  %1 = Reduce bf16[] a=%0:f32 view() offset 19 {limit=inf, mode=1, numPreOps=2, scale=0.5} [ v0 = acc; v1 = f32.mul v0, v0 | v0 = acc; v1 = f32.sqrt v0 ]
}
section 1 steps 10 halt %0 {
  %0 = Map i32[2] a=previous %0 from $1:i32 view(-1) offset 1 b=section 0 %0:f32 view(3) offset 2 [ v0 = load a; v1 = load b, 14; v2 = i32.trunc_sat_f32_s v1; v3 = index 5; v4 = i32.add v0, v3; v5 = i32.select v2, -7, v4 ]
  %1 = Gather f32[2, 5] a=section 0 %0:f32[4, 5] b=%0:i32[2]
}
output "norm" bf16[1] = section 0 %1
output "rows" f32[10] = section 1 %1
`

describe('text of a program', () => {
  test('default: the sample', () => expect(printProgram(SAMPLE)).toBe(TEXT))
  test('default: the sample is read back', () => expect(parseProgram(TEXT)).toEqual(SAMPLE))

  test('property: parse is the inverse of print, and print of parse', () => {
    fc.assert(
      fc.property(arbitraryProgram, (program) => {
        const text = printProgram(program)
        const parsed = parseProgram(text)
        expect(parsed).toEqual(program)
        expect(printProgram(parsed)).toBe(text)
      }),
      { numRuns: 500 },
    )
  })

  test('property: the order in which attributes were set does not show', () => {
    const change = (attributes: Record<string, number>) => {
      const [node, ...others] = SAMPLE.sections[0].nodes
      return { ...SAMPLE, sections: [{ steps: 1, nodes: [{ ...node, attributes }, ...others] }] }
    }
    expect(printProgram(change({ strideB: 20, k: 784, strideA: 1 }))).toBe(
      printProgram(change({ k: 784, strideA: 1, strideB: 20 })),
    )
  })

  test('edge: blanks, comments and line ends may stand anywhere', () => {
    const text = TEXT.replaceAll(/(?<!")[ ,](?=[a-z%{])/g, (blank) => `${blank} // "}\r\n\t`)
    expect(text).not.toBe(TEXT)
    expect(parseProgram(text)).toEqual(SAMPLE)
  })

  test('edge: names with quotes, line ends, lone surrogates', () => {
    const constants = ['"', '\\', '\n', '\u0000', '\ud800', '// "', '𝒳'].map((name) => ({
      name,
      dtype: 'u8' as const,
      shape: [],
    }))
    const program = { ...SAMPLE, constants }
    expect(parseProgram(printProgram(program))).toEqual(program)
  })
})

describe('f32 in text', () => {
  test.each([
    [0x00000000, '0.0'],
    [0x80000000, '-0.0'],
    [0x3f800000, '1.0'],
    [0xbfc00000, '-1.5'],
    [0x3dcccccd, '0.1'],
    [0x3727c5ac, '0.00001'],
    [0x358637bd, '0.000001'],
    [0x33d6bf95, '1e-7'],
    [0x00000001, '1e-45'],
    [0x007fffff, '1.1754942e-38'],
    [0x7f7fffff, '3.4028235e+38'],
    [0x4b800000, '16777216.0'],
    [0x7f800000, 'inf'],
    [0xff800000, '-inf'],
    [0x7fc00000, 'nan'],
    [0xffc00000, '-nan'],
    [0x7f800001, 'nan:0x1'],
    [0xffffffff, '-nan:0x7fffff'],
  ])('default: %i is %s', (bits, text) => {
    expect(f32BitsToText(bits)).toBe(text)
    expect(f32BitsFromText(text)).toBe(bits)
  })

  test('property: all 32 bits survive', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (bits) => {
        expect(f32BitsFromText(f32BitsToText(bits))).toBe(bits)
      }),
      { numRuns: 20_000 },
    )
  })

  test.each(['', '1.', '.5', '0x1', '1e', 'infinity', 'nan:0x0', 'nan:0x800000', '1e39', '--1', '1_0'])(
    'error: "%s" is no f32',
    (text) => expect(f32BitsFromText(text)).toBeUndefined(),
  )
})

describe('parseProgram', () => {
  const nodeText = (text: string) => `program 1\nsection 0 steps 1 {\n${text}`
  const cases: [fact: string, text: string, message: string][] = [
    ['nothing', '', 'Line 1, column 1: expected "program", got the end.'],
    ['another version', 'program 2', 'Line 1, column 9: expected number 1, got "2".'],
    ['a strange character', 'program 1\n  §', 'Line 2, column 3: nothing starts with "§" here.'],
    ['a string without end', 'program 1\nconstant @0 "abc\n"', 'Line 2, column 13: the string has no end on its line.'],
    [
      'an escaped quote at the end',
      'program 1 constant @0 "\\"',
      'Line 1, column 23: the string has no end on its line.',
    ],
    [
      'an unknown escape',
      'program 1 constant @0 "\\x" f32[]',
      'Line 1, column 23: the string is not written as in JSON.',
    ],
    ['a number left out', 'program 1 constant @1 "" f32[]', 'Line 1, column 21: expected number 0, got "1".'],
    [
      'a section twice',
      'program 1 section 0 steps 1 {} section 0 steps 1 {}',
      'Line 1, column 40: expected number 1, got "0".',
    ],
    [
      'inputs before constants',
      'program 1 input $0 "" f32[] constant @0 "" f32[]',
      'Line 1, column 29: expected section, output or the end, got "constant".',
    ],
    ['an unknown dtype', 'program 1 input $0 "" f64[]', 'Line 1, column 23: expected a dtype, got "f64".'],
    [
      'a dimension past 2^53',
      'program 1 input $0 "" f32[9007199254740993]',
      'Line 1, column 27: expected a whole number, got "9007199254740993".',
    ],
    [
      'a number of a million digits',
      `program 1 input $0 "" f32[${'9'.repeat(1e6)}]`,
      'Line 1, column 27: nothing starts with "9" here.',
    ],
    ['a word of a million letters', `program 1 ${'a'.repeat(1e6)}`, 'Line 1, column 11: nothing starts with "a" here.'],
    ['leading zeros', 'program 1 input $0 "" f32[01]', 'Line 1, column 27: expected a whole number, got "01".'],
    ['a missing comma', 'program 1 input $0 "" f32[1 2]', 'Line 1, column 29: expected "]", got "2".'],
    ['an unknown reference', nodeText('%0 = Map f32[] a=?'), 'Line 3, column 18: nothing starts with "?" here.'],
    [
      'a previous value as initial value',
      nodeText('%0 = Map f32[] a=previous %0 from previous'),
      'Line 3, column 35: expected zero, @, $ or section, got "previous".',
    ],
    [
      'a node as initial value',
      nodeText('%0 = Map f32[] a=previous %0 from %0'),
      'Line 3, column 35: expected zero, @, $ or section, got "%".',
    ],
    [
      'an operand without layout',
      nodeText('%0 = Map f32[] a=@0:f32 b'),
      'Line 3, column 25: expected [ or view, got "b".',
    ],
    [
      'operands out of order',
      nodeText('%0 = Map f32[] b=@0:f32[] a=@0:f32[]'),
      'Line 3, column 27: expected "%", got "a".',
    ],
    [
      'an attribute twice',
      nodeText('%0 = Map f32[] {k=1, k=1}'),
      'Line 3, column 22: expected an attribute that is not given yet, got "k".',
    ],
    [
      'an attribute of 2^53 + 1',
      nodeText('%0 = Map f32[] {k=9007199254740993}'),
      'Line 3, column 19: expected an integer or an f32, got "9007199254740993".',
    ],
    [
      'an attribute that overflows',
      nodeText('%0 = Map f32[] {k=1e99}'),
      'Line 3, column 19: expected an integer or an f32, got "1e99".',
    ],
    [
      'an unknown micro-op',
      nodeText('%0 = Map f32[] [ v0 = f32.nothing ]'),
      'Line 3, column 23: expected a micro-op, got "f32.nothing".',
    ],
    ['a value that is not due', nodeText('%0 = Map f32[] [ v1 = acc ]'), 'Line 3, column 18: expected "v0", got "v1".'],
    [
      'a bar without pre-ops',
      nodeText('%0 = Map f32[] [ v0 = acc | v0 = acc ]'),
      'Line 3, column 27: expected ";", got "|".',
    ],
    [
      'no bar after pre-ops',
      nodeText('%0 = Map f32[] {numPreOps=1} [ v0 = acc; v0 = acc ]'),
      'Line 3, column 40: expected "|", got ";".',
    ],
    [
      'an integer as f32 immediate',
      nodeText('%0 = Map f32[] [ v0 = f32.const 1 ]'),
      'Line 3, column 33: expected an f32 with a point or an exponent, got "1".',
    ],
    [
      'an f32 as integer immediate',
      nodeText('%0 = Map f32[] [ v0 = i32.const 1.0 ]'),
      'Line 3, column 33: expected a whole number, got "1.0".',
    ],
    [
      'an immediate as first argument',
      nodeText('%0 = Map f32[] [ v0 = f32.add 1.0, v0 ]'),
      'Line 3, column 31: expected a value, got "1.0".',
    ],
    [
      'a load of operand d',
      nodeText('%0 = Map f32[] [ v0 = load d ]'),
      'Line 3, column 28: expected operand a, b or c, got "d".',
    ],
    ['empty micro-ops', nodeText('%0 = Map f32[] [ ]'), 'Line 3, column 18: expected "v0", got "]".'],
    ['a section without end', nodeText('%0 = Map f32[]'), 'Line 3, column 15: expected "%", got the end.'],
    ['text after the end', `${TEXT}x`, 'Line 16, column 1: expected section, output or the end, got "x".'],
  ]
  test.each(cases)('error: refuses %s', (_, text, message) => {
    expect(() => parseProgram(text)).toThrow(ProgramTextError)
    expect(() => parseProgram(text)).toThrow(message)
  })

  test('error: line and column are fields', () => {
    expect(() => parseProgram('program 1\n  nothing')).toThrow(
      expect.objectContaining({ line: 2, column: 3, code: 'GRAPH_PROGRAM_TEXT' }),
    )
  })

  test('property: a text with some characters changed is read or refused with a place, never anything else', () => {
    const edit = fc.record({
      at: fc.nat(TEXT.length),
      length: fc.nat(5),
      by: fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('[', '{', '"', '%', '9', '-', '\n', '|', 'nan', '//')),
    })
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        let text = TEXT
        for (const { at, length, by } of edits) text = text.slice(0, at) + by + text.slice(at + length)
        try {
          const program = parseProgram(text)
          expect(parseProgram(printProgram(program))).toEqual(program)
        } catch (error) {
          expect(error).toBeInstanceOf(ProgramTextError)
        }
      }),
      { numRuns: 5000 },
    )
  })

  test('edge: hostile lengths and depths take neither the stack nor more than linear work', () => {
    const deep = '['.repeat(1e6)
    expect(() => parseProgram(nodeText(`%0 = Map f32${deep}`))).toThrow(ProgramTextError)
    expect(() => parseProgram(`program 1 constant @0 "${'\\"'.repeat(1e6)}`)).toThrow(ProgramTextError)
    expect(() => parseProgram(`program 1${'\n'.repeat(1e6)}%`)).toThrow('Line 1000001, column 1: ')
    const name = 'x'.repeat(1e6)
    const shape = new Array<number>(200_000).fill(1)
    const inputs = [{ name, dtype: 'f32' as const, shape }]
    expect(parseProgram(printProgram({ ...SAMPLE, inputs })).inputs).toEqual(inputs)
    const nodes = new Array(20_000).fill(SAMPLE.sections[1].nodes[1])
    expect(parseProgram(printProgram({ ...SAMPLE, sections: [{ steps: 1, nodes }] })).sections[0].nodes.length).toBe(
      20_000,
    )
  })
})
