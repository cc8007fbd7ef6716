import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesEqual } from 'opml/core'
import { type TensorData, tensorOver, walkProgram } from 'opml/graph'
import { writeNpy } from 'opml/importers'
import { OPERATORS, referenceNode } from 'opml/ops'
import { parseCount } from '../amounts.ts'
import { baseCommand } from '../baseCommand.ts'
import type { CliContext, CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { NegativeOutcomeError, UsageError } from '../exitCodes.ts'
import { collect } from '../keyValue.ts'
import { type TensorReport, tensorReport, tensorText } from '../tensors/describeTensor.ts'
import type { ImageRules } from '../tensors/imageTensor.ts'
import { type ImageOptions, imageRulesOf, withImageOptions } from '../tensors/imageOptions.ts'
import { type ImportOptions, withImportOptions } from '../tensors/importOptions.ts'
import { readInputs } from '../tensors/inputFiles.ts'
import { type OpenModel, openModel } from '../tensors/openModel.ts'
import { realTensor, withRealTypes } from '../tensors/quantisedTypes.ts'
import { openRunner } from '../tensors/runner.ts'

interface Options extends ImportOptions, ImageOptions {
  readonly input?: readonly string[]
  readonly out?: string
  readonly check?: boolean
  readonly real?: boolean
  readonly threads?: string
  readonly json?: boolean
}

/** `opml run MODEL`: runs a bundle or an ONNX file on inputs from files. */
export const runCommand: CommandFactory = (context) =>
  withImageOptions(
    withImportOptions(
      baseCommand('run', {
        summary: 'run a model on inputs from files',
        example: 'opml run models/mnist-784-20-10.onnx --input image=models/digits/7.bin',
      })
        .argument('<model>', 'folder of a bundle, or an ONNX file')
        .option(
          '--input <name=file>',
          'an input: .npy, .npz (or .npz:KEY), .png, .jpg, else raw bytes; an .npz without a name gives every input it has; repeat for more',
          collect,
        )
        .option('--out <folder>', 'write each output there as a .npy file')
        .option('--threads <n>', 'threads that compute, 1 to 64 (default: those of the processor); they change no bit')
        .option(
          '--real',
          'of a quantised bundle: print and write the real numbers that the integers of its outputs stand for',
        )
        .option('--check', 'run the slow reference too and compare every bit'),
    ),
  ).action(async (path: string, options: Options) => {
    const rules = imageRulesOf(options)
    const numThreads = threadsOf(options)
    const model = await openModel(path, options)
    const inputs = await givenInputs(model, { given: options.input ?? [], rules })
    const inputBytes = inputs.map(({ bytes }) => bytes)
    const { outputs, seconds } = await execute(context, {
      model,
      inputs: inputBytes,
      numThreads,
      isShown: context.isTerminal && options.json !== true,
    })
    const named = namedOutputs(model, { path, outputs, isReal: options.real === true })
    const shown = named.map(({ name, shown: tensor }) => ({ name, tensor }))
    const files = options.out === undefined ? undefined : await writeOutputs(options.out, shown)
    if (options.check === true) check(model, inputBytes, outputs)
    const checked = options.check === true ? { isReferenceEqual: true } : {}
    writeResult(context, {
      isJson: options.json === true,
      json: {
        modelId: model.manifest.modelId,
        inputs: model.program.inputs.map(({ name }, i) => inputReport(name, inputs[i] as TensorData)),
        outputs: named.map(({ name, tensor, shown }, i) => ({
          ...tensorReport(name, tensor),
          ...(shown !== tensor && { real: { values: tensorReport(name, shown).values } }),
          ...(files && { file: files[i] }),
        })),
        ...checked,
        seconds,
      },
      text: [
        ...shown.map(({ name, tensor }) => tensorText(name, tensor)),
        ...(files ?? []).map((file) => `wrote ${file}`),
        ...(options.check === true ? ['the reference gives the same bits'] : []),
        `${seconds.toFixed(3)} s, model ${model.manifest.modelId}`,
      ].join('\n'),
    })
  })

/** Type and digest. */
function inputReport(name: string, tensor: TensorData): Omit<TensorReport, 'values'> {
  const { values: _, ...report } = tensorReport(name, tensor)
  return report
}

async function givenInputs(
  { program, quality }: OpenModel,
  p: { given: readonly string[]; rules: ImageRules },
): Promise<TensorData[]> {
  return await readInputs(withRealTypes(program.inputs, { quality, side: 'inputs' }), p.given, p.rules)
}

/** Outputs under their names, and as they are shown: as real numbers where that is asked for and known. */
function namedOutputs(
  { program, quality }: OpenModel,
  p: { path: string; outputs: readonly Uint8Array[]; isReal: boolean },
): { name: string; tensor: TensorData; shown: TensorData }[] {
  const types = withRealTypes(program.outputs, { quality, side: 'outputs' })
  if (p.isReal && types.every(({ real }) => real === undefined))
    throw new UsageError({
      flag: 'The model',
      value: p.path,
      expected: 'a bundle of opml quantise, as --real asks for',
    })
  return types.map(({ name, real, dtype, shape }, i) => {
    const tensor = tensorOver(p.outputs[i] as Uint8Array, { dtype, shape })
    return { name, tensor, shown: p.isReal && real !== undefined ? realTensor(tensor, real) : tensor }
  })
}

function threadsOf({ threads }: Options): number | undefined {
  return threads === undefined ? undefined : parseCount('--threads', threads, { min: 1, max: 64 })
}

async function execute(
  context: CliContext,
  p: { model: OpenModel; inputs: readonly Uint8Array[]; numThreads: number | undefined; isShown: boolean },
): Promise<{ outputs: Uint8Array[]; seconds: number }> {
  const { program, constants } = p.model
  const runner = openRunner({ program, constants, numThreads: p.numThreads })
  const onProgress = (share: number) => context.writeError(share < 1 ? `\r${Math.floor(share * 100)} %` : '\r     \r')
  try {
    const start = performance.now()
    const outputs = await runner.run(p.inputs, { signal: context.signal, ...(p.isShown && { onProgress }) })
    return { outputs, seconds: (performance.now() - start) / 1000 }
  } finally {
    runner.close()
  }
}

/** @throws {NegativeOutcomeError} for the first output that differs. */
function check({ program, constants }: OpenModel, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void {
  const expected = walkProgram(program, { constants, inputs, compute: referenceNode(OPERATORS) })
  for (const [i, { name }] of program.outputs.entries()) {
    const [a, b] = [outputs[i] as Uint8Array, expected[i] as Uint8Array]
    if (bytesEqual(a, b)) continue
    throw new NegativeOutcomeError({
      message: `Output "${name}" differs from the reference, first at byte ${a.findIndex((byte, at) => byte !== b[at])}.`,
      suggestion: 'This is a fault of the program: please report it with the model and the input.',
    })
  }
}

async function writeOutputs(
  folder: string,
  outputs: readonly { name: string; tensor: TensorData }[],
): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const used = new Set<string>()
  const files: string[] = []
  for (const { name, tensor } of outputs) {
    const file = join(folder, `${fileName(name, used)}.npy`)
    await writeFile(file, writeNpy(tensor))
    files.push(file)
  }
  return files
}

/** A name of the model's as a file name: other characters than letters, digits, `_`, `-` and `.` become `_`. */
function fileName(name: string, used: Set<string>): string {
  const safe =
    name
      .replace(/[^A-Za-z0-9_.-]/g, '_')
      .replace(/^\.+/, '_')
      .slice(0, 200) || 'output'
  let unique = safe
  for (let i = 2; used.has(unique.toLowerCase()); i++) unique = `${safe}.${i}`
  used.add(unique.toLowerCase())
  return unique
}
