// What an edit throws and reports of LatentCore. Tensors and tapes are for those who write networks of their own.
@_exported import enum LatentCore.FileError
@_exported import struct LatentCore.StepProgress
