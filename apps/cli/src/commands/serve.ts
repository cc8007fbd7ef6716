import { submitterPolicy } from '@opml/node'
import { parseSeconds, parseWei } from '../amounts.ts'
import type { CommandFactory } from '../context.ts'
import { roleCommand, serveRole } from '../roleCommand.ts'
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
      const policy = submitterPolicy({
        minFeeWei: parseWei('--min-fee', options.minFee),
        deadlineMarginSeconds: parseSeconds('--deadline-margin', options.deadlineMargin),
        takesInputElsewhere: true,
        minWithdrawWei: parseWei('--min-withdraw', options.minWithdraw),
      })
      await serveRole(context, { name: 'submitter', models, options, policy })
    })
