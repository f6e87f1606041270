import Foundation

/// What a painter makes of its features: channel biases by image, masks united, colors composed.
extension Variable {
  /// A number added to each channel of each image: y[b, …, c] = x[b, …, c] + offsets[b, c].
  ///
  /// - Precondition: self is [batch, …, channels] and the offsets are [batch, channels].
  package func offsetChannels(byEach offsets: Variable) -> Variable {
    let (shape, channels) = (value.shape, value.shape.last ?? 0)
    let batch = shape.first ?? 0
    precondition(
      offsets.shape == [batch, channels],
      "Offsets of shape \(offsets.shape) do not fit an input of shape \(shape).")
    let size = value.count / max(batch, 1)
    let sum = value.withElements { x in
      offsets.value.withElements { offsets in
        Tensor(unsafeUninitialized: shape) { y in
          for image in 0..<batch {
            for place in stride(from: image * size, to: (image + 1) * size, by: channels) {
              for channel in 0..<channels {
                y.initializeElement(
                  at: place + channel, to: x[place + channel] + offsets[image * channels + channel])
              }
            }
          }
        }
      }
    }
    return tape.record(self, offsets, value: sum) { dy, needed in
      guard needed[1] else { return [dy, nil] }
      let doffsets = Tensor(unsafeUninitialized: [batch, channels]) { sums in
        sums.initialize(repeating: 0)
        dy.withElements { dy in
          for image in 0..<batch {
            for place in stride(from: image * size, to: (image + 1) * size, by: channels) {
              for channel in 0..<channels { sums[image * channels + channel] += dy[place + channel] }
            }
          }
        }
      }
      return [dy, doffsets]
    }
  }

  /// The union of masks, each with a strength: m = 1 − Π (1 − ρ[b, k]·σ(x[b, …, k])).
  ///
  /// self holds the masks' logits, [batch, height, width, masks], the strengths ρ in 0...1 are [batch, masks], and the
  /// result is [batch, height, width, 1]: exactly 0 where all strengths are 0, never above 1, and smooth in both.
  ///
  /// - Precondition: The shapes agree.
  /// - Complexity: O(1) for each place and each mask whose strength is not 0; the strengths' gradient takes all masks.
  package func maskUnion(strengths: Variable) -> Variable {
    let (shape, rho) = (value.shape, strengths.value)
    precondition(
      shape.count == 4 && rho.shape == [shape[0], shape[3]],
      "Strengths of shape \(rho.shape) do not fit masks of shape \(shape).")
    let masks = shape[3]
    let places = shape[1] * shape[2]
    let active = (0..<shape[0]).map { image in
      let row = rho.row(image)
      return (0..<masks).filter { row[$0] != 0 }.map { (mask: $0, strength: row[$0]) }
    }
    let logits = value
    let union = logits.withElements { x in
      Tensor(unsafeUninitialized: [shape[0], shape[1], shape[2], 1]) { m in
        for image in 0..<shape[0] {
          for place in image * places..<(image + 1) * places {
            var open: Float = 1
            for (mask, strength) in active[image] { open *= 1 - strength * sigmoid(x[place * masks + mask]) }
            m.initializeElement(at: place, to: 1 - open)
          }
        }
      }
    }
    return tape.record(self, strengths, value: union) { dy, needed in
      /// dm of a place without the factor of one mask, and that mask's σ.
      func part(
        _ x: UnsafeBufferPointer<Float>, _ dy: UnsafeBufferPointer<Float>, _ image: Int, _ place: Int,
        _ mask: Int
      ) -> (others: Float, s: Float) {
        var others = dy[place]
        for (other, strength) in active[image] where other != mask {
          others *= 1 - strength * sigmoid(x[place * masks + other])
        }
        return (others, sigmoid(x[place * masks + mask]))
      }
      return logits.withElements { x in
        dy.withElements { dy in
          let dx =
            needed[0]
            ? Tensor(unsafeUninitialized: shape) { dx in
              dx.initialize(repeating: 0)
              for image in 0..<shape[0] {
                for place in image * places..<(image + 1) * places {
                  for (mask, strength) in active[image] {
                    let (others, s) = part(x, dy, image, place, mask)
                    dx[place * masks + mask] = others * strength * s * (1 - s)
                  }
                }
              }
            } : nil
          let drho =
            needed[1]
            ? Tensor(unsafeUninitialized: rho.shape) { drho in
              drho.initialize(repeating: 0)
              for image in 0..<shape[0] {
                for place in image * places..<(image + 1) * places {
                  for mask in 0..<masks {
                    let (others, s) = part(x, dy, image, place, mask)
                    drho[image * masks + mask] += others * s
                  }
                }
              }
            } : nil
          return [dx, drho]
        }
      }
    }
  }

  /// A smoothstep of the magnitude, element by element: 3t² − 2t³ with t = (|x| − a)/(b − a) in 0...1.
  ///
  /// - Parameter range: a and b, a not negative: from where to where it rises from 0 to 1.
  package func smoothstepOfMagnitude(_ range: ClosedRange<Float>) -> Variable {
    let x = value.elements
    let width = range.upperBound - range.lowerBound
    func t(_ x: Float) -> Float { min(max((abs(x) - range.lowerBound) / width, 0), 1) }
    let steps = x.map { x in
      let t = t(x)
      return t * t * (3 - 2 * t)
    }
    let shape = shape
    return tape.record(self, value: Tensor(shape: shape, elements: steps)) { dy, _ in
      let dx = zip(x, dy.elements).map { x, dy in
        let t = t(x)
        return dy * 6 * t * (1 - t) / width * (x < 0 ? -1 : 1)
      }
      return [Tensor(shape: shape, elements: dx)]
    }
  }

  /// Colors mixed of two sources, e = a₃·base + (1 − a₃)·(2·a₀…₂ − 1), from a head a of five channels in 0...1.
  ///
  /// The first three are colors of the painter's own, the fourth says how much of the base is taken instead. The fifth is
  /// for ``trimmed(by:)``.
  ///
  /// - Precondition: self is [batch, height, width, 5] and the base [batch, height, width, 3].
  package func mixedColors(over base: Variable) -> Variable {
    let shape = value.shape
    precondition(
      shape.count == 4 && shape[3] == 5 && base.shape == shape.dropLast() + [3],
      "A head of shape \(shape) does not fit a base of shape \(base.shape).")
    let (head, colored) = (value, base.value)
    let places = colored.count / 3
    let colors = head.withElements { a in
      colored.withElements { base in
        Tensor(unsafeUninitialized: colored.shape) { e in
          for place in 0..<places {
            let share = a[5 * place + 3]
            for c in 0..<3 {
              e.initializeElement(
                at: 3 * place + c,
                to: share * base[3 * place + c] + (1 - share) * (2 * a[5 * place + c] - 1))
            }
          }
        }
      }
    }
    return tape.record(self, base, value: colors) { dy, needed in
      head.withElements { a in
        dy.withElements { dy in
          let dhead =
            needed[0]
            ? Tensor(unsafeUninitialized: shape) { da in
              da.initialize(repeating: 0)
              colored.withElements { base in
                for place in 0..<places {
                  let share = a[5 * place + 3]
                  var dshare: Float = 0
                  for c in 0..<3 {
                    let g = dy[3 * place + c]
                    da[5 * place + c] = 2 * (1 - share) * g
                    dshare += g * (base[3 * place + c] - (2 * a[5 * place + c] - 1))
                  }
                  da[5 * place + 3] = dshare
                }
              }
            } : nil
          let dbase =
            needed[1]
            ? Tensor(unsafeUninitialized: colored.shape) { dbase in
              for index in 0..<3 * places {
                dbase.initializeElement(at: index, to: a[5 * (index / 3) + 3] * dy[index])
              }
            } : nil
          return [dhead, dbase]
        }
      }
    }
  }

  /// A mask [batch, height, width, 1] multiplied by the last channel of a head [batch, height, width, 5].
  ///
  /// - Precondition: The shapes agree.
  package func trimmed(by head: Variable) -> Variable {
    let (shape, mask, a) = (value.shape, value, head.value)
    precondition(
      shape.count == 4 && shape[3] == 1 && a.shape == shape.dropLast() + [5],
      "A mask of shape \(shape) is not trimmed by a head of shape \(a.shape).")
    let product = mask.withElements { m in
      a.withElements { a in
        Tensor(unsafeUninitialized: shape) { out in
          for place in m.indices { out.initializeElement(at: place, to: m[place] * a[5 * place + 4]) }
        }
      }
    }
    return tape.record(self, head, value: product) { dy, needed in
      dy.withElements { dy in
        let dmask =
          needed[0]
          ? a.withElements { a in
            Tensor(unsafeUninitialized: shape) { out in
              for place in dy.indices { out.initializeElement(at: place, to: dy[place] * a[5 * place + 4]) }
            }
          } : nil
        let dhead =
          needed[1]
          ? mask.withElements { m in
            Tensor(unsafeUninitialized: a.shape) { out in
              out.initialize(repeating: 0)
              for place in dy.indices { out[5 * place + 4] = dy[place] * m[place] }
            }
          } : nil
        return [dmask, dhead]
      }
    }
  }

  /// Images with colors laid over them through a mask: y = x + m·(e − x), self being the colors e.
  ///
  /// - Precondition: The colors and the images are [batch, height, width, 3], the mask is [batch, height, width, 1].
  package func laid(over images: Tensor, through mask: Variable) -> Variable {
    let (e, m) = (value, mask.value)
    precondition(
      e.shape == images.shape && e.shape.last == 3 && m.shape == e.shape.dropLast() + [1],
      "Colors \(e.shape), images \(images.shape) and a mask \(m.shape) do not agree.")
    let difference = e.subtracting(images)
    func timesMask(_ t: Tensor) -> Tensor {
      t.withElements { t in
        m.withElements { m in
          Tensor(unsafeUninitialized: e.shape) { out in
            for place in m.indices {
              for c in 3 * place..<3 * place + 3 { out.initializeElement(at: c, to: m[place] * t[c]) }
            }
          }
        }
      }
    }
    let threads = tape.threads
    let sum = Kernels.linearCombination(1, images, 1, timesMask(difference), threads: threads)
    return tape.record(self, mask, value: sum) { dy, needed in
      let dmask =
        needed[1]
        ? dy.withElements { dy in
          difference.withElements { d in
            Tensor(unsafeUninitialized: m.shape) { out in
              for place in out.indices {
                let c = 3 * place
                out.initializeElement(
                  at: place, to: dy[c] * d[c] + dy[c + 1] * d[c + 1] + dy[c + 2] * d[c + 2])
              }
            }
          }
        } : nil
      return [needed[0] ? timesMask(dy) : nil, dmask]
    }
  }
}

private func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
