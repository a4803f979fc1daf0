/** How sure a choice was, and whether it was right. */
export interface Judged {
  /** From 0 to 1. */
  readonly confidence: number
  readonly right: boolean
}

/** Choices that were about as sure: what they claimed and how often they were right, from 0 to 1. */
export interface ReliabilityBin {
  readonly from: number
  readonly to: number
  readonly n: number
  readonly confidence: number
  readonly right: number
}

export interface Calibration {
  /** Expected calibration error: mean distance of claim and truth over the bins, weighed by their size. */
  readonly ece: number
  /** Bins that have choices, the least sure first. */
  readonly bins: readonly ReliabilityBin[]
}

const binCount = 5

/** Reliability in bins of equal width (Guo and others 2017). No choices: no error and no bins. */
export function calibrationOf(judged: readonly Judged[]): Calibration {
  const bins: ReliabilityBin[] = []
  for (let bin = 0; bin < binCount; bin++) {
    const inBin = judged.filter(({ confidence }) => binOf(confidence) === bin)
    if (inBin.length === 0) continue
    const mean = (worth: (one: Judged) => number) =>
      rounded(inBin.reduce((sum, one) => sum + worth(one), 0) / inBin.length)
    bins.push({
      from: bin / binCount,
      to: (bin + 1) / binCount,
      n: inBin.length,
      confidence: mean((one) => one.confidence),
      right: mean((one) => (one.right ? 1 : 0)),
    })
  }
  const error = bins.reduce((sum, bin) => sum + bin.n * Math.abs(bin.confidence - bin.right), 0)
  return { ece: rounded(error / Math.max(1, judged.length)), bins }
}

function binOf(confidence: number): number {
  return Math.min(binCount - 1, Math.floor(confidence * binCount))
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
