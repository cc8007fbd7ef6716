import { writeFile } from 'node:fs/promises'
import { checkBundleTarget, writeBundleFolder } from '@opml/node/bundleFolder'
import { Option } from 'commander'
import {
  importOnnx,
  isDepthwise,
  type QualityReport,
  type QuantisedModel,
  quantiseOnnx,
  type QuantiseOptions,
} from 'opml/importers'
import { parseCount } from '../amounts.ts'
import { baseCommand } from '../baseCommand.ts'
import type { CliContext, CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { type ImageOptions, imageRulesOf, withImageOptions } from '../tensors/imageOptions.ts'
import { type OnnxSource, openOnnx } from '../tensors/importModel.ts'
import { type ImportOptions, openValuesOf, withImportOptions } from '../tensors/importOptions.ts'
import { openRunner, type Runner } from '../tensors/runner.ts'
import { readSamples } from '../tensors/samples.ts'

interface Options extends ImportOptions, ImageOptions {
  readonly calibrate: string
  readonly evaluate?: string
  readonly out: string
  readonly clip: 'auto' | 'mse' | 'minmax'
  readonly wide: string
  readonly exportQdq?: string
  readonly threads?: string
  readonly force?: boolean
  readonly json?: boolean
}

/** `opml quantise MODEL`: makes the bundle of an ONNX model in integers. */
export const quantiseCommand: CommandFactory = (context) =>
  withImageOptions(
    withImportOptions(
      baseCommand('quantise', {
        summary: 'make the bundle of an ONNX model in integers alone, with a report of what that costs',
        example: 'opml quantise models/mnist-lenet-5.onnx --dim batch=1 --calibrate digits.npy --out lenet.opml',
      })
        .argument('<model>', 'ONNX file of float numbers; external data lies beside it')
        .requiredOption(
          '--calibrate <data>',
          'samples to take ranges from: a folder with a file each (.npy, .npz, .png, .jpg), or a .npy or .npz of [count, …]',
        )
        .requiredOption('--out <folder>', 'where to write the bundle')
        .option('--evaluate <data>', 'other samples for the report (default: those of --calibrate)')
        .addOption(
          new Option(
            '--clip <how>',
            'range of 8-bit tensors: least squared error, all that was seen, or what serves the results best (mse where --wide names products)',
          )
            .choices(['auto', 'mse', 'minmax'])
            .default('auto'),
        )
        .option(
          '--wide <list>',
          'products that take 16-bit activations: auto (as few as keep the results), none, or a list of operators, outputs and depthwise, such as MatMul,depthwise,conv1',
          'auto',
        )
        .option('--export-qdq <file>', 'write the same quantisation as ONNX with QuantizeLinear and DequantizeLinear')
        .option('--threads <n>', 'threads that compute, 1 to 64 (default: those of the processor); they change no bit')
        .option('--force', 'replace a bundle that is there'),
    ),
  ).action(async (path: string, options: Options) => {
    const target = { isForced: options.force === true }
    await checkBundleTarget(options.out, target)
    const source = await openOnnx(path, openValuesOf(options))
    try {
      const quantised = await quantise(context, { source, options })
      const { program, constants, nodeNames, report } = quantised
      const quality = `${JSON.stringify(report, undefined, 2)}\n`
      const bundle = await source.bundle({ program, constants, nodeNames, quality })
      await writeBundleFolder(options.out, { bundle, sourceFolder: source.sourceFolder, ...target })
      if (options.exportQdq !== undefined) await writeFile(options.exportQdq, quantised.exportQdq())
      const { modelId } = bundle.manifest
      const numNodes = program.sections.reduce((sum, { nodes }) => sum + nodes.length, 0)
      writeResult(context, {
        isJson: options.json === true,
        json: { bundle: options.out, modelId, numNodes, quality: report },
        text: [
          `${options.out}: ${numNodes} nodes, no floating point`,
          ...summary(report),
          `model id  ${modelId}`,
          `Next: opml inspect ${options.out}`,
        ].join('\n'),
      })
    } finally {
      source.close()
    }
  })

async function quantise(
  context: CliContext,
  { source, options }: { source: OnnxSource; options: Options },
): Promise<QuantisedModel> {
  const rules = imageRulesOf(options)
  const { threads } = options
  const numThreads = threads === undefined ? undefined : parseCount('--threads', threads, { min: 1, max: 64 })
  const { inputs } = importOnnx(source.bytes, source.options).program
  const samples = async (flag: string, path: string) => await readSamples(inputs, { flag, path, rules })
  const calibration = await samples('--calibrate', options.calibrate)
  const evaluation = options.evaluate === undefined ? calibration : await samples('--evaluate', options.evaluate)
  const wide = new Set(options.wide.split(',').map((name) => name.trim()))
  const isWide: QuantiseOptions['isWide'] = (node) =>
    [node.opType, node.name, ...node.outputs].some((own) => wide.has(own)) ||
    (wide.has('depthwise') && isDepthwise(node))
  const runners: Runner[] = []
  try {
    return await quantiseOnnx(source.bytes, {
      ...source.options,
      calibration,
      evaluation,
      ...(options.clip !== 'auto' && { clip: options.clip }),
      ...(options.wide !== 'auto' && { isWide }),
      load: (program, constants) => {
        const runner = openRunner({ program, constants, numThreads })
        runners.push(runner)
        return {
          run: async (given) => await runner.run(given, { signal: context.signal }),
          close: () => runner.close(),
        }
      },
    })
  } finally {
    for (const runner of runners) runner.close()
  }
}

/** The worst of the report in a few lines. */
function summary(report: QualityReport): string[] {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`
  const worst = [...report.layers].sort((a, b) => b.relativeError - a.relativeError).slice(0, 3)
  const { narrow, wide } = report.products
  const chosen = report.choice === undefined ? '' : `, chosen for an error of at most ${percent(report.choice.budget)}`
  return [
    `products  ${narrow} with 8-bit activations (${report.calibration.clip}), ${wide} with 16-bit ones${chosen}`,
    ...report.inputs.map(
      ({ name, dtype, scale, zeroPoint }) => `input     ${name}: ${dtype}, (q − ${zeroPoint}) · ${scale}`,
    ),
    ...report.outputs.map(
      ({ name, dtype, scale, relativeError, sameArgmax }) =>
        `output    ${name}: ${dtype}, q · ${scale}; error ${percent(relativeError)}, same greatest element ${percent(sameArgmax)}`,
    ),
    ...worst.map(({ name, dtype, relativeError }) => `least good ${name}: ${dtype}, error ${percent(relativeError)}`),
  ]
}
