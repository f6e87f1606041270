// What LatentArithmetic's own declarations take, return and throw of LatentCore; the rest of it stays behind.
@_exported import enum LatentCore.FileError
@_exported import struct LatentCore.FileLimits
@_exported import struct LatentCore.StepProgress
@_exported import struct LatentCore.StoredTensor
@_exported import class LatentCore.Tape
@_exported import struct LatentCore.Tensor
@_exported import struct LatentCore.TensorFile
@_exported import enum LatentCore.TensorFileError
@_exported import struct LatentCore.Variable
@_exported import struct LatentCore.WeightSourceError
