import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OnnxDataType } from 'opml/importers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { f32, onnxFile, tensorFile } from '../testing/onnxSample.ts'
import { opml } from '../testing/opml.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opml-conformance-'))
  const relu = onnxFile({ nodes: [['Relu', ['x'], 'y']], inputs: [{ name: 'x', shape: [2] }] })
  await putTest('right', relu, { input_0: floats(-1, 2), output_0: floats(0, 2) })
  await putTest('close', relu, { input_0: floats(-1, 2), output_0: floats(1e-6, 2.001) })
  await putTest('wrong', relu, { input_0: floats(-1, 2), output_0: floats(0, 2.003) })
  await putTest('shape', relu, { input_0: floats(-1, 2), output_0: floats(0, 2, 0) })
  await putTest('strange', onnxFile({ nodes: [['Strange', ['x'], 'y']], inputs: [{ name: 'x', shape: [2] }] }), {
    input_0: floats(1, 2),
  })
  // The shape is computed from n alone; x must not be bound.
  const reshape = onnxFile({
    nodes: [
      ['Mul', ['n', 'n'], 'square'],
      ['Reshape', ['x', 'square'], 'r'],
      ['Relu', ['r'], 'y'],
    ],
    inputs: [
      { name: 'x', shape: [2, 2] },
      { name: 'n', shape: [1], dataType: OnnxDataType.int64 },
    ],
  })
  const n = tensorFile({ dims: [1], dataType: OnnxDataType.int64, bytes: new Uint8Array(BigInt64Array.of(2n).buffer) })
  await putTest('bound', reshape, { input_0: floats2x2(1, -2, 3, -4), input_1: n, output_0: floats(1, 0, 3, 0) })
  const integers = onnxFile({
    nodes: [['Neg', ['x'], 'y']],
    inputs: [{ name: 'x', shape: [1], dataType: OnnxDataType.int32 }],
  })
  await putTest('integer', integers, { input_0: int32(-100_000), output_0: int32(100_001) })
})
afterAll(() => rm(folder, { recursive: true }))

const floats = (...values: number[]) =>
  tensorFile({ dims: [values.length], dataType: OnnxDataType.float, bytes: f32(...values) })
const floats2x2 = (...values: number[]) =>
  tensorFile({ dims: [2, 2], dataType: OnnxDataType.float, bytes: f32(...values) })
const int32 = (value: number) =>
  tensorFile({ dims: [1], dataType: OnnxDataType.int32, bytes: new Uint8Array(Int32Array.of(value).buffer) })

async function putTest(name: string, model: Uint8Array, tensors: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const set = join(folder, 'tests', name, 'test_data_set_0')
  await mkdir(set, { recursive: true })
  await writeFile(join(folder, 'tests', name, 'model.onnx'), model)
  for (const [file, bytes] of Object.entries(tensors)) await writeFile(join(set, `${file}.pb`), bytes)
}

const at = (...names: string[]): string[] => names.map((name) => join(folder, 'tests', name))

describe('opml conformance onnx', () => {
  test('default: what passed, passed with bound inputs, failed and is unsupported', async () => {
    const { code, out } = await opml('conformance', 'onnx', join(folder, 'tests'), '--json')
    expect(code).toBe(4)
    expect(JSON.parse(out)).toEqual({
      tests: 7,
      passed: 2,
      passedWithBoundInputs: 1,
      failed: [
        { name: 'integer', reason: 'output "y": element 0 is 100000, expected 100001' },
        { name: 'shape', reason: 'output "y": [2], expected [3]' },
        { name: 'wrong', reason: expect.stringMatching(/^output "y": element 1 is 2, expected 2\.003/) },
      ],
      knownFailures: [],
      unexpectedlyPassed: [],
      unsupported: [{ name: 'strange', reason: expect.stringContaining('Strange') }],
      bound: [{ name: 'bound', inputs: ['n'] }],
    })
  })

  test('default: a folder of one test, several folders', async () => {
    expect((await opml('conformance', 'onnx', ...at('right'))).code).toBe(0)
    const { code, out } = await opml('conformance', 'onnx', ...at('right', 'close', 'strange'))
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('3 tests: 2 passed, 0 passed with bound inputs, 1 unsupported, 0 failed'),
    ])
  })

  test('default: --known names those that may fail, and shows which of them pass', async () => {
    const known = join(folder, 'known.txt')
    await writeFile(known, '# with a reason each\nwrong # rounds otherwise\n\nright\n')
    const { code, out } = await opml('conformance', 'onnx', ...at('wrong', 'right'), '--known', known, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      failed: [],
      knownFailures: [{ name: 'wrong' }],
      unexpectedlyPassed: ['right'],
    })
    expect((await opml('conformance', 'onnx', ...at('wrong', 'shape'), '--known', known)).code).toBe(4)
  })

  test('error: a test without its input, a damaged model, damaged data', async () => {
    await cp(join(folder, 'tests/right'), join(folder, 'broken/noInput'), { recursive: true })
    await cp(join(folder, 'tests/right'), join(folder, 'broken/noModel'), { recursive: true })
    await cp(join(folder, 'tests/right'), join(folder, 'broken/noData'), { recursive: true })
    await rm(join(folder, 'broken/noInput/test_data_set_0/input_0.pb'))
    await writeFile(join(folder, 'broken/noModel/model.onnx'), Uint8Array.of(255))
    await writeFile(join(folder, 'broken/noData/test_data_set_0/output_0.pb'), Uint8Array.of(255))
    const { code, out } = await opml('conformance', 'onnx', join(folder, 'broken'), '--json')
    expect(code).toBe(4)
    expect((JSON.parse(out) as { failed: { name: string }[] }).failed.map(({ name }) => name)).toEqual([
      'noData',
      'noInput',
      'noModel',
    ])
  })

  test('error: folders without tests, and none', async () => {
    expect((await opml('conformance', 'onnx', 'docs')).code).toBe(2)
    expect((await opml('conformance', 'onnx', join(folder, 'nowhere'))).code).toBe(1)
    expect((await opml('conformance', 'onnx', ...at('right'), '--known', join(folder, 'nowhere'))).code).toBe(1)
  })
})
