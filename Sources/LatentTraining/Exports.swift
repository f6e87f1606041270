// What the interface of trainings names of LatentCore.
@_exported import enum LatentCore.RankError
@_exported import enum LatentCore.RunError
@_exported import struct LatentCore.RankGroup
@_exported import struct LatentCore.RunOptions
@_exported import struct LatentCore.Tensor
