#if HEIC
  import CImageCodecs
  import Foundation

  extension Image.Metadata {
    /// Reads what a HEIC file, whose pixels have been read, holds beside them.
    ///
    /// The format has a way of its own to say how a picture is turned, which reading its pixels followed; what Exif says of
    /// that does not count (ISO 23008-12, annex A.2).
    init(heic file: Data, _ header: ImageCodec.Header) throws(ImageCodec.Failure) {
      self.init()
      take(header)
      let blocks = try ImageCodec.blocks(ofHEIC: file)
      if let profile = blocks.profile {
        take(profile: profile, of: header)
      } else if blocks.hasOtherColors {
        losses.append("that its colors are others than sRGB’s")
      }
      if let exif = blocks.exif {
        _ = take(exif: exif.withoutExifSignature)
      }
      if let xmp = blocks.xmp { take(xmp: xmp) }
      if blocks.pictures > 1 { losses.append("further images beside it") }
    }
  }
#endif
