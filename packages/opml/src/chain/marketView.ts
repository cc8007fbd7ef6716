import type { Bytes32 } from '../core/bytes.ts'
import type { MarketEvent } from './marketEvents.ts'
import { reduceTask } from './taskView.ts'
import type { TaskView, TaskViews } from './taskView.ts'
import { inputOf, reduceUpload, uploadKey } from './uploadView.ts'
import type { UploadView } from './uploadView.ts'

/** Everything that the market's events say, one event after the other: tasks, and inputs that are still arriving. */
export class MarketView {
  private readonly taskViews = new Map<Bytes32, TaskView>()
  private readonly uploadViews = new Map<string, UploadView>()

  /** Tasks by id, in the order of their requests. */
  get tasks(): TaskViews {
    return this.taskViews
  }

  /** Uploads that no request has completed, in the order of their first chunks. */
  get uploads(): Iterable<UploadView> {
    return this.uploadViews.values()
  }

  /** Takes the next event in. */
  add(event: MarketEvent): void {
    if (event.kind === 'InputChunk') {
      const key = uploadKey(event)
      const upload = reduceUpload(this.uploadViews.get(key), event)
      if (upload === undefined) this.uploadViews.delete(key)
      else this.uploadViews.set(key, upload)
    }
    if (!('taskId' in event)) return
    const known = event.kind === 'Requested' ? this.withInput(event) : event
    const task = reduceTask(this.taskViews.get(event.taskId), known)
    if (task !== undefined) this.taskViews.set(task.taskId, task)
  }

  /** Lets go of a task; later events about it change nothing. */
  forget(taskId: Bytes32): void {
    this.taskViews.delete(taskId)
  }

  /** The last chunk comes in the same transaction, just before the request: a complete upload is this request's input. */
  private withInput(event: Extract<MarketEvent, { kind: 'Requested' }>): MarketEvent {
    const key = uploadKey({ ...event, uploader: event.requester })
    const upload = this.uploadViews.get(key)
    const input = inputOf(event, upload)
    if (upload !== undefined && upload.arrivedBytes === upload.totalBytes) this.uploadViews.delete(key)
    return { ...event, input }
  }
}
