import { checkBundleTarget, writeBundleFolder } from '@opml/node/bundleFolder'
import { baseCommand } from '../baseCommand.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { importModel } from '../tensors/importModel.ts'
import { type ImportOptions, openValuesOf, withImportOptions } from '../tensors/importOptions.ts'

interface Options extends ImportOptions {
  readonly out: string
  readonly force?: boolean
  readonly json?: boolean
}

/** `opml import MODEL`: makes the bundle of an ONNX model. */
export const importCommand: CommandFactory = (context) =>
  withImportOptions(
    baseCommand('import', {
      summary: 'make the bundle of an ONNX model: program, roots and model id, the weights in place',
      example: [
        'opml import models/mnist-784-20-10.onnx --out digits.opml',
        'opml import models/mnist-784-20-10.onnx --head probabilities=argmax --out digit.opml',
      ].join('\n  '),
    })
      .argument('<model>', 'ONNX file (opset 7 to 21); external data lies beside it')
      .requiredOption('--out <folder>', 'where to write the bundle')
      .option('--force', 'replace a bundle that is there'),
  ).action(async (path: string, options: Options) => {
    const target = { isForced: options.force === true }
    await checkBundleTarget(options.out, target)
    const report = (stage: string) => context.isTerminal && options.json !== true && context.writeError(`${stage}\n`)
    const { imported, bundle, sourceFolder } = await importModel(path, openValuesOf(options), report)
    await writeBundleFolder(options.out, { bundle, sourceFolder, ...target })
    const { manifest } = bundle
    const numNodes = imported.program.sections.reduce((sum, { nodes }) => sum + nodes.length, 0)
    const ownBytes = [...bundle.files.values()].reduce((sum, { length }) => sum + length, 0)
    const weightBytes = imported.constants.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const { modelId, programRoot, weightsRoot, heights, inputs, outputs } = manifest
    writeResult(context, {
      isJson: options.json === true,
      json: {
        bundle: options.out,
        modelId,
        programRoot,
        weightsRoot,
        heights,
        inputs,
        outputs,
        numNodes,
        weightBytes,
        ownBytes,
      },
      text: [
        `${options.out}: ${numNodes} nodes, ${imported.constants.length} constants of ${weightBytes} bytes; ${ownBytes} bytes of its own`,
        `model id  ${modelId}`,
        `Next: opml inspect ${options.out}`,
      ].join('\n'),
    })
  })
