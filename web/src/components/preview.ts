import type { Job } from '../jobs/events'

/** The preview's address, another one for every picture that was behind it, so that no cache shows an old one. */
export function versioned(job: Pick<Job, 'preview_url' | 'previewVersion'>): string | undefined {
  const url = job.preview_url
  if (!url) return undefined
  return url.includes('?') || job.previewVersion === '' ? url : `${url}?v=${job.previewVersion}`
}
