import { submitterPolicy } from '@opml/node'
import { parseSeconds, parseWei } from '../amounts.ts'
import type { CommandFactory } from '../context.ts'
import { answersOnly } from '../demo/faultScenario.ts'
import { faultOf, roleCommand, serveRole } from '../roleCommand.ts'
import type { RoleCommandOptions } from '../roleCommand.ts'

/** `opml serve MODEL…`: answers tasks, defends the answers, collects the fees. */
export const serveCommand: CommandFactory = (context) =>
  roleCommand(context, 'serve', {
    summary: 'answer the tasks of some models and defend the answers, until ended',
    example: 'opml serve lenet.opml models/mnist-int8.elf --key .opml/server.key --folder .opml/server',
  })
    .option('--min-fee <amount>', 'leave tasks that pay less', '0.001ether')
    .option('--deadline-margin <duration>', 'leave tasks whose deadline is nearer than this', '2m')
    .action(async (models: string[], options: RoleCommandOptions & { minFee: string; deadlineMargin: string }) => {
      const because = 'bytes behind the end of an output cannot be posted, "opml verify" can claim them'
      const fault = faultOf(options, { impossible: 'garbage', because })
      const usual = submitterPolicy({
        minFeeWei: parseWei('--min-fee', options.minFee),
        deadlineMarginSeconds: parseSeconds('--deadline-margin', options.deadlineMargin),
        takesInputElsewhere: true,
        minWithdrawWei: parseWei('--min-withdraw', options.minWithdraw),
      })
      const policy = fault?.kind === 'output' ? answersOnly(usual) : usual
      await serveRole(context, { name: 'submitter', models, options, policy, fault })
    })
