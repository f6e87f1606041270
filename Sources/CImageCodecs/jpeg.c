#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// jpeglib.h needs size_t and FILE to be declared before it.
#include <jerror.h>
#include <jpeglib.h>

#include "common.h"

// What must survive a longjmp lives in a decoder or encoder, in the frame of the caller of the function that
// calls setjmp. The error manager comes first, so that libjpeg's pointer to it is a pointer to all of it.
typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf failed;
  char *message;
  bool ended;  // the file did, before its end mark
} failure_t;

typedef struct {
  failure_t failure;
  struct jpeg_decompress_struct jpeg;
  struct jpeg_progress_mgr progress;
  uint8_t *cmyk_row;
} decoder_t;

typedef struct {
  failure_t failure;
  struct jpeg_compress_struct jpeg;
  struct jpeg_destination_mgr destination;
  ic_growing file;
  uint8_t *gray_row;
} encoder_t;

static _Noreturn void fail(j_common_ptr jpeg, const char *fragment) {
  failure_t *failure = (failure_t *)jpeg->err;
  ic_say(failure->message, fragment);
  longjmp(failure->failed, 1);
}

static _Noreturn void on_error(j_common_ptr jpeg) {
  char text[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, text);
  fail(jpeg, text);
}

static const char missing_part[] = "the file ends too early, or a part of it is missing";

// libjpeg goes on after lost data with a warning and fills in gray; to us such a picture is damaged.
// Its other warnings (a stray byte between markers, an odd Adobe marker) lose nothing and are common. That the file
// ends is no loss by itself: whether it lacks more than its end mark is seen when all that there is has been read.
static void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF: ((failure_t *)jpeg->err)->ended = true; break;
    case JWRN_HIT_MARKER: fail(jpeg, missing_part);
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC: on_error(jpeg);
  }
}

static struct jpeg_error_mgr *report_to(failure_t *failure, char *message) {
  struct jpeg_error_mgr *manager = jpeg_std_error(&failure->manager);
  manager->error_exit = on_error;
  manager->emit_message = on_message;
  failure->message = message;
  return manager;
}

// Adobe programs store CMYK inverted, 255 being no ink.
static void rgb_from_cmyk(const uint8_t *cmyk, size_t pixels, bool inverted, uint8_t *rgb) {
  uint8_t flip = inverted ? 0 : 255;
  for (size_t i = 0; i < pixels; i++, cmyk += 4, rgb += 3) {
    for (size_t c = 0; c < 3; c++) rgb[c] = (uint8_t)(((cmyk[c] ^ flip) * (cmyk[3] ^ flip) + 127) / 255);
  }
}

// libjpeg calls this at each row of blocks. A progressive file may walk over the picture in as many scans as
// it likes, each a few bytes long; this bounds the time that it can take.
static void on_progress(j_common_ptr jpeg) {
  if (((j_decompress_ptr)jpeg)->input_scan_number > IC_MAX_JPEG_SCANS) fail(jpeg, "it has too many scans");
}

static void read_header(decoder_t *decoder, ic_bytes file) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  jpeg_create_decompress(jpeg);
  jpeg_mem_src(jpeg, file.bytes, (unsigned long)file.count);
  jpeg_read_header(jpeg, TRUE);
}

// Whether a file without an end mark lacks nothing else. That a scan breaks off has been noticed before; here it is
// whether scans are missing, of components or of bits. An arithmetic decoder does not notice. Room for a file that
// was never filled holds zeros, which decode as well as anything, but two of them may stand for the mark.
static bool is_whole(const decoder_t *decoder, ic_bytes file) {
  const struct jpeg_decompress_struct *jpeg = &decoder->jpeg;
  if (jpeg->arith_code) return false;
  size_t zeros = 0;
  while (zeros < file.count && file.bytes[file.count - 1 - zeros] == 0) zeros++;
  if (zeros >= 16) return false;
  for (int component = 0; component < jpeg->num_components; component++) {
    // The table is taken when the component's first scan begins.
    if (jpeg->comp_info[component].quant_table == NULL) return false;
    for (int k = 0; jpeg->progressive_mode && k < DCTSIZE2; k++) {
      if (jpeg->coef_bits[component][k] != 0) return false;
    }
  }
  return true;
}

static bool announce(decoder_t *decoder, ic_bytes file) {
  if (setjmp(decoder->failure.failed)) return false;
  read_header(decoder, file);
  return true;
}

static bool decode(decoder_t *decoder, ic_bytes file, uint8_t *pixels) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  if (setjmp(decoder->failure.failed)) return false;
  read_header(decoder, file);
  size_t width = jpeg->image_width, height = jpeg->image_height;
  bool cmyk = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
  jpeg->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  jpeg->dct_method = JDCT_ISLOW;
  decoder->progress.progress_monitor = on_progress;
  jpeg->progress = &decoder->progress;
  if (cmyk) {
    decoder->cmyk_row = malloc(width * 4);
    if (decoder->cmyk_row == NULL) fail((j_common_ptr)jpeg, "there is no memory to read it");
  }
  jpeg_start_decompress(jpeg);
  while (jpeg->output_scanline < height) {
    uint8_t *row = pixels + jpeg->output_scanline * width * 3;
    JSAMPROW target = cmyk ? decoder->cmyk_row : row;
    jpeg_read_scanlines(jpeg, &target, 1);
    if (cmyk) rgb_from_cmyk(decoder->cmyk_row, width, jpeg->saw_Adobe_marker, row);
  }
  // To the end mark, as jpeg_finish_decompress goes, which then forgets what is_whole looks at.
  int status;
  do status = jpeg_consume_input(jpeg);
  while (status != JPEG_REACHED_EOI && status != JPEG_SUSPENDED);
  if (decoder->failure.ended && !is_whole(decoder, file)) fail((j_common_ptr)jpeg, missing_part);
  jpeg_finish_decompress(jpeg);
  return true;
}

bool ic_read_jpeg_header(ic_bytes file, ic_header *header, char *message) {
  decoder_t decoder = {0};
  decoder.jpeg.err = report_to(&decoder.failure, message);
  bool read = announce(&decoder, file);
  if (read) {
    *header = (ic_header){.width = decoder.jpeg.image_width,
                          .height = decoder.jpeg.image_height,
                          .is_gray = decoder.jpeg.num_components == 1,
                          .is_cmyk = decoder.jpeg.num_components == 4,
                          .depth = decoder.jpeg.data_precision};
  }
  jpeg_destroy_decompress(&decoder.jpeg);
  return read;
}

bool ic_decode_jpeg(ic_bytes file, uint8_t *pixels, char *message) {
  decoder_t decoder = {0};
  decoder.jpeg.err = report_to(&decoder.failure, message);
  bool decoded = decode(&decoder, file, pixels);
  jpeg_destroy_decompress(&decoder.jpeg);
  free(decoder.cmyk_row);
  return decoded;
}

static void offer_room(encoder_t *encoder) {
  if (!ic_reserve(&encoder->file, 1)) fail((j_common_ptr)&encoder->jpeg, "there is no memory for the file");
  encoder->destination.next_output_byte = encoder->file.bytes + encoder->file.count;
  encoder->destination.free_in_buffer = encoder->file.capacity - encoder->file.count;
}

static void start_output(j_compress_ptr jpeg) { offer_room(jpeg->client_data); }

// libjpeg calls this when the room offered is used up, whatever the counters say.
static boolean on_full(j_compress_ptr jpeg) {
  encoder_t *encoder = jpeg->client_data;
  encoder->file.count = encoder->file.capacity;
  offer_room(encoder);
  return TRUE;
}

static void finish_output(j_compress_ptr jpeg) {
  encoder_t *encoder = jpeg->client_data;
  encoder->file.count = encoder->file.capacity - encoder->destination.free_in_buffer;
}

static bool encode(encoder_t *encoder, const ic_picture *picture, int quality) {
  j_compress_ptr jpeg = &encoder->jpeg;
  if (setjmp(encoder->failure.failed)) return false;
  jpeg_create_compress(jpeg);
  jpeg->client_data = encoder;
  encoder->destination.init_destination = start_output;
  encoder->destination.empty_output_buffer = on_full;
  encoder->destination.term_destination = finish_output;
  jpeg->dest = &encoder->destination;
  jpeg->image_width = (JDIMENSION)picture->width;
  jpeg->image_height = (JDIMENSION)picture->height;
  jpeg->input_components = picture->is_gray ? 1 : 3;
  jpeg->in_color_space = picture->is_gray ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(jpeg);
  jpeg_set_quality(jpeg, quality, TRUE);
  if (quality >= 90) jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1;
  jpeg->optimize_coding = picture->width * picture->height <= IC_MAX_OPTIMIZED_PIXELS;
  if (picture->is_gray) {
    encoder->gray_row = malloc(picture->width);
    if (encoder->gray_row == NULL) fail((j_common_ptr)jpeg, "there is no memory for a row of it");
  }
  jpeg_start_compress(jpeg, TRUE);
  while (jpeg->next_scanline < jpeg->image_height) {
    const uint8_t *rgb = picture->pixels + jpeg->next_scanline * picture->width * 3;
    JSAMPROW row = picture->is_gray ? encoder->gray_row : (JSAMPROW)rgb;
    for (size_t x = 0; picture->is_gray && x < picture->width; x++) row[x] = rgb[x * 3];
    jpeg_write_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_compress(jpeg);
  return true;
}

bool ic_encode_jpeg(const ic_picture *picture, int quality, ic_bytes *file, char *message) {
  encoder_t encoder = {0};
  encoder.jpeg.err = report_to(&encoder.failure, message);
  bool encoded = encode(&encoder, picture, quality);
  jpeg_destroy_compress(&encoder.jpeg);
  free(encoder.gray_row);
  if (encoded) {
    *file = (ic_bytes){encoder.file.bytes, encoder.file.count};
  } else {
    free(encoder.file.bytes);
  }
  return encoded;
}
