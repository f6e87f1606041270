// What the interface of texts names of LatentCore.
@_exported import enum LatentCore.RankError
@_exported import enum LatentCore.RunError
@_exported import struct LatentCore.RankGroup
@_exported import struct LatentCore.RunOptions
@_exported import class LatentCore.Tape
@_exported import struct LatentCore.Tensor
@_exported import struct LatentCore.Variable
