// What the interface of trainings names.
@_exported import enum LatentCore.RunError
@_exported import struct LatentCore.RunOptions
