// A program that imports LatentArithmetic catches LatentCore's errors and names its tensors, so it gets both.
@_exported import LatentCore
