// What the interface of trainings names.
@_exported import struct LatentCore.Adam
@_exported import enum LatentCore.RunError
@_exported import struct LatentCore.RunOptions
@_exported import protocol LatentCore.TrainingRecipe
