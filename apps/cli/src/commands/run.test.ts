import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readBundleFolder } from '@opml/node/bundleFolder'
import { elements, tensorOf } from 'opml/graph'
import { OnnxDataType, type QualityReport, readNpyTensor, writeNpy } from 'opml/importers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { f32, onnxFile } from '../testing/onnxSample.ts'
import { opml } from '../testing/opml.ts'

const DIGITS = 'models/mnist-784-20-10.onnx'

let folder = ''
/** y = a − b, both f32 [2, 2]. */
let minus = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opml-run-'))
  const inputs = ['a', 'b'].map((name) => ({ name, shape: [2, 2] }))
  minus = await written('minus.onnx', onnxFile({ nodes: [['Sub', ['a', 'b'], 'y']], inputs }))
})
afterAll(() => rm(folder, { recursive: true }))

async function written(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes)
  return join(folder, name)
}

const npy = (name: string, shape: number[], ...values: number[]): Promise<string> =>
  written(name, writeNpy(tensorOf('f32', shape, Float32Array.from(values))))

interface Report {
  readonly modelId: string
  readonly inputs: readonly { readonly keccak256: string }[]
  readonly outputs: readonly { readonly name: string; readonly values?: readonly number[]; readonly file?: string }[]
  readonly isReferenceEqual?: boolean
}

async function report(...args: string[]): Promise<Report> {
  const { code, out, err } = await opml('run', ...args, '--json')
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out) as Report
}

describe('opml run', () => {
  test('default: every digit of the repository is read as itself, and the reference agrees', async () => {
    for (let digit = 0; digit < 10; digit++) {
      const { outputs, isReferenceEqual } = await report(
        DIGITS,
        '--input',
        `image=models/digits/${digit}.bin`,
        '--check',
      )
      const { values = [] } = outputs[0] ?? {}
      expect(values.indexOf(Math.max(...values))).toBe(digit)
      expect(isReferenceEqual).toBe(true)
    }
  })

  test('property: a bundle and its model, one thread and three, give the same bits', async () => {
    await opml('import', DIGITS, '--out', join(folder, 'digits'))
    const input = ['--input', 'models/digits/4.bin']
    const results = await Promise.all([
      report(DIGITS, ...input, '--threads', '1'),
      report(DIGITS, ...input, '--threads', '3'),
      report(join(folder, 'digits'), ...input),
    ])
    const [first, ...rest] = results.map(({ modelId, outputs }) => ({ modelId, outputs }))
    for (const other of rest) expect(other).toEqual(first)
  })

  test('default: .npy in and out', async () => {
    const [a, b] = [await npy('a.npy', [2, 2], 1, 2, 3, 4), await npy('b.npy', [2, 2], 4, 3, 2, 1)]
    const { outputs } = await report(minus, '--input', `b=${b}`, '--input', `a=${a}`, '--out', join(folder, 'out'))
    expect(outputs[0]).toMatchObject({ name: 'y', values: [-3, -1, 1, 3], file: join(folder, 'out/y.npy') })
    const file = readNpyTensor(await readFile(join(folder, 'out/y.npy')), 'f32')
    expect([file.shape, Uint8Array.from(file.bytes)]).toEqual([[2, 2], f32(-3, -1, 1, 3)])
  })

  test('default: raw bytes, and a JSON line for not-a-number', async () => {
    const [a, b] = [await written('a.bin', f32(1 / 0, 0, 0, 5)), await written('b.raw', f32(1 / 0, 0, -1 / 0, 1))]
    const { outputs } = await report(minus, '--input', `a=${a}`, '--input', `b=${b}`)
    expect(outputs[0]?.values).toEqual(['NaN', 0, 'Infinity', 4])
  })

  test('default: people see the greatest values with their places', async () => {
    const { out } = await opml('run', DIGITS, '--input', 'image=models/digits/7.bin')
    expect(out).toMatch(/^probabilities {2}f32\[1, 10\]\n {2}greatest {2}0\.9\d+ at \[0, 7\], /)
  })

  test('edge: a model whose output names are no file names', async () => {
    const nodes = [
      ['Relu', ['x'], 'y'],
      ['Neg', ['x'], '../../z'],
    ] as const
    const model = await written(
      'names.onnx',
      onnxFile({ nodes, inputs: [{ name: 'x', shape: [1] }], outputs: ['../../z', 'y'] }),
    )
    const { outputs } = await report(model, '--input', await npy('x.npy', [1], 1), '--out', join(folder, 'named'))
    expect(outputs.map(({ file }) => file)).toEqual([join(folder, 'named/__.._z.npy'), join(folder, 'named/y.npy')])
  })

  test('error: inputs that do not fit name the input', async () => {
    const a = await npy('a22.npy', [2, 2], 1, 2, 3, 4)
    const cases: [string[], string][] = [
      [[`a=${a}`], 'Input "b": it is not given'],
      [[`a=${a}`, `a=${a}`, `b=${a}`], 'Input "a": it is given twice'],
      [[`a=${await npy('a4.npy', [4], 1, 2, 3, 4)}`, `b=${a}`], 'Input "a": its shape is [4], the model takes [2, 2]'],
      [[`a=${await written('short.bin', f32(1))}`, `b=${a}`], 'Input "a": A tensor f32[2, 2] takes 16 bytes, got 4'],
      [[`a=${await written('junk.npy', f32(1))}`, `b=${a}`], 'Input "a": The .npy data cannot be used'],
      [[`a=${await written('junk.npz', f32(1))}:k`, `b=${a}`], 'Input "a": The .npz file cannot be used'],
      [[`a=${await written('junk.png', f32(1))}`, `b=${a}`], 'is neither PNG nor JPEG'],
      [[`a=${join(folder, 'nowhere.npy')}`, `b=${a}`], 'nowhere.npy (an input) cannot be read'],
    ]
    for (const [inputs, text] of cases) {
      const { code, err } = await opml('run', minus, ...inputs.flatMap((input) => ['--input', input]))
      expect([code, err]).toEqual([1, expect.stringContaining(text)])
    }
  })

  test('error: wrong usage', async () => {
    const a = await npy('a22.npy', [2, 2], 1, 2, 3, 4)
    for (const options of [
      ['--input', `c=${a}`],
      ['--input', a],
      ['--threads', '0'],
      ['--image-std', '0'],
      ['--image-mean', 'x'],
      ['--image-layout', 'hwc'],
    ])
      expect((await opml('run', minus, ...options)).code, options.join(' ')).toBe(2)
  })

  test('edge: an integer result beyond 2^53 is text', async () => {
    const value = new Uint8Array(BigInt64Array.of(2n ** 60n, -5n).buffer)
    const model = await written(
      'wide.onnx',
      onnxFile({ nodes: [['Neg', ['x'], 'y']], inputs: [{ name: 'x', shape: [2], dataType: OnnxDataType.int64 }] }),
    )
    const { outputs } = await report(model, '--input', `x=${await written('wide.bin', value)}`)
    expect(outputs[0]?.values).toEqual(['-1152921504606846976', 5])
  })

  describe('a quantised bundle', () => {
    let bundle = ''
    let seven = ''
    let pixels = new Float32Array()
    beforeAll(async () => {
      bundle = join(folder, 'lenet.opml')
      const images = await Promise.all([7, 1, 4].map((digit) => readFile(`models/digits/${digit}.bin`)))
      const all = Float32Array.from(Buffer.concat(images), (pixel) => pixel / 255)
      pixels = all.slice(0, 784)
      const calibration = await npy('calibration.npy', [3, 1, 28, 28], ...all)
      seven = await npy('seven.npy', [1, 1, 28, 28], ...pixels)
      const model = ['models/mnist-lenet-5.onnx', '--dim', 'batch=1', '--threads', '1', '--wide', 'none']
      await opml('quantise', ...model, '--calibrate', calibration, '--out', bundle)
    })

    test('default: real inputs become the integers that the report describes; integers stay', async () => {
      const { inputs } = (await readBundleFolder(bundle)).manifest
      expect(inputs[0]?.dtype).toBe('i8')
      // White is 1, black 0, so a step is 1/255 and the zero point −128.
      const integers = Int8Array.from(pixels, (pixel) => Math.round(pixel * 255) - 128)
      const given = writeNpy(tensorOf('i8', [1, 1, 28, 28], integers))
      const real = await report(bundle, '--input', `image=${seven}`)
      const integer = await report(bundle, '--input', `image=${await written('seven-i8.npy', given)}`)
      expect(real.inputs).toEqual(integer.inputs)
      expect(real.outputs).toEqual(integer.outputs)
    })

    test('default: --real gives the numbers that the integers stand for, in the report and in files', async () => {
      const { quality } = await readBundleFolder(bundle)
      // SAFETY: the text that opml quantise wrote.
      const [logits] = (JSON.parse(quality as string) as QualityReport).outputs
      const out = join(folder, 'real')
      const { outputs } = await report(bundle, '--input', seven, '--real', '--out', out)
      const { values = [], real } = outputs[0] as { values?: readonly number[]; real?: { values: number[] } }
      const reals = values.map((q) => Math.fround(q * (logits?.scale as number)))
      expect(real?.values).toEqual(reals)
      const tensor = readNpyTensor(await readFile(join(out, 'logits.npy')), 'f32')
      expect(Array.from(elements(tensor) as ArrayLike<number>)).toEqual(reals)
      expect(reals.indexOf(Math.max(...reals))).toBe(7)
    })

    test('error: --real with a model of real numbers', async () => {
      const { code, err } = await opml('run', DIGITS, '--input', 'image=models/digits/4.bin', '--real')
      expect(code).toBe(2)
      expect(err).toContain('not a bundle of opml quantise, as --real asks for')
    })
  })
})
