/// The most that a file of tensors may ask for; the defaults are far above what real files need.
///
/// A program that opens untrusted files can lower them. A file that exceeds a limit is refused by an error that names it.
public struct FileLimits: Sendable {
  /// The bytes of a header or an index: safetensors' JSON, NumPy's dictionaries.
  public var headerBytes = 100_000_000
  /// The tensors of a file, or of all the parts of one.
  public var tensors = 1_000_000
  /// The bytes that one compressed entry of an archive may inflate to.
  public var inflatedBytes = 1 << 30
  /// The entries of an archive.
  public var archiveEntries = 100_000
  /// The bytes of PyTorch's pickled object; in the older format, of everything before the numbers.
  public var pickleBytes = 64 << 20
  /// The values in the memo of PyTorch's pickle.
  public var memoEntries = 1_000_000
  /// The values on the stack of PyTorch's pickle.
  public var stackValues = 1_000_000
  /// The values of PyTorch's pickle, and the paths that lead to them.
  public var values = 10_000_000
  /// How many containers may lie one in another.
  public var nestingDepth = 100
  /// The bytes of the names of all tensors of a PyTorch file, and of the containers on the way to them.
  public var nameBytes = 16 << 20

  /// Makes the default limits.
  public init() {}
}
