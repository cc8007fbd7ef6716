import type { CommandFactory } from '../context.ts'
import { convertCommand } from './convert.ts'
import { demoCommand } from './demo.ts'
import { deployCommand } from './deploy.ts'
import { devCommand } from './dev.ts'
import { refundCommand } from './refund.ts'
import { registerCommand } from './register.ts'
import { requestCommand } from './request.ts'
import { serveCommand } from './serve.ts'
import { statusCommand } from './status.ts'
import { verifyCommand } from './verify.ts'
import { vmCommand } from './vm.ts'
import { withdrawCommand } from './withdraw.ts'

/** All commands of `opml`, in the order of its help. */
export const commandFactories: readonly CommandFactory[] = [
  deployCommand,
  registerCommand,
  requestCommand,
  serveCommand,
  verifyCommand,
  statusCommand,
  withdrawCommand,
  refundCommand,
  devCommand,
  demoCommand,
  vmCommand,
  convertCommand,
]
