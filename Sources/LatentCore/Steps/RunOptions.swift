import Foundation

/// Where a training leaves its files and how often.
public struct RunOptions: Sendable {
  /// The folder of checkpoint, losses and samples; made when missing.
  public var folder: URL
  /// Steps between two sample sheets.
  public var sampleInterval = 250
  /// Steps between two checkpoints.
  public var checkpointInterval = 500
  /// The longest time between two checkpoints, in seconds.
  public var checkpointSeconds = 600.0
  /// Whether to continue the training that the folder holds.
  public var resumes = false
  /// The most threads to use.
  public var threads: Int
  /// Who trains together; the first rank alone writes the files.
  public var ranks = RankGroup.alone

  /// The file from which a stopped training continues.
  public var checkpoint: URL { folder.appendingPathComponent("checkpoint.safetensors") }

  /// Makes options for a training in `folder`.
  public init(folder: URL, threads: Int) { (self.folder, self.threads) = (folder, threads) }
}
