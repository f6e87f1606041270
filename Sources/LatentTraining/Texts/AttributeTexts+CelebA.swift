extension AttributeTexts {
  /// What is said of the forty attributes of CelebA, in the form that ``init(attributeNames:table:)`` reads.
  ///
  /// The texts behind a star were chosen before anything was trained, whole synonyms each, to measure on.
  static let celebA = """
    5_o_Clock_Shadow
      has: stubble, a five o'clock shadow, a 5 o'clock shadow, beard stubble, scruff, light stubble
      has: day-old stubble, a stubbly chin, unshaven cheeks, three-day stubble, growth on the chin
      has: designer stubble*, bristles*
      is: unshaven, scruffy, unshaved, in need of a shave, rough-shaven
      is: stubbly*
    Arched_Eyebrows
      has: arched eyebrows, arched brows, curved eyebrows, high eyebrows, shaped eyebrows
      has: high-arched brows, arching eyebrows, sculpted eyebrows, round eyebrows, rounded brows
      has: elegant eyebrows, penciled eyebrows
      has: raised eyebrows*, bowed eyebrows*
      is: arched
    Attractive
      is: attractive, beautiful, handsome, pretty, good-looking, lovely, stunning, cute, hot, sexy
      is: pleasing, appealing, alluring, fair, ravishing, elegant, photogenic, fine-looking, well-groomed
      is: adorable, nice-looking, dazzling
      is: gorgeous*, charming*
      not is: ugly, unattractive, unsightly, homely, unpleasant, bad-looking, unlovely, disfigured
      not is: ill-favored, grotesque, revolting
      not is: hideous*, repulsive*
      has: good looks, beauty, a beautiful face, a pretty face, a handsome face
      who: beauty, supermodel, heartthrob, model
      not has: an ugly face, bad looks
    Bags_Under_Eyes
      has: bags under the eyes, eye bags, puffy eyes, dark circles under the eyes, tired eyes, sunken eyes
      has: bags, swollen eyelids, puffiness under the eyes, dark rings around the eyes, heavy eyes
      has: eyes that need sleep, circles under the eyes, shadows under the eyes, puffy eyelids
      has: baggy eyes*, swollen eyes*
      is: tired, sleepless, sleepy, fatigued, worn out, drained, puffy-eyed, drowsy, haggard, jet-lagged
      is: exhausted*, weary*
    Bald
      is: bald, hairless, bald-headed, skinheaded, smooth-headed, without hair, shorn, baldish, hair-free
      is: shaven-headed*
      has: a bald head, a shaved head, a hairless head, no hair on the head, a bare head, a shiny head
      has: a bald pate, a smooth head, a cleanly shaved head
      has: baldness*, a bald scalp*
      who: skinhead
    Bangs
      has: bangs, a fringe, bangs over the forehead, hair over the forehead, blunt bangs, long bangs
      has: a straight fringe, side bangs, hair in the face, hair down to the eyebrows, a pony fringe
      has: wispy bangs, curtain bangs
      has: a forelock*, a fringe of hair*
      is: fringed
    Big_Lips
      has: big lips, full lips, thick lips, large lips, voluptuous lips, lips, fleshy lips, swollen lips
      has: fat lips, a big mouth, a wide mouth, heavy lips, juicy lips, luscious lips, pillowy lips
      has: botox lips
      has: plump lips*, pouty lips*
      not has: thin lips, narrow lips, slender lips, tiny lips, skinny lips, a small mouth, a little mouth
      not has: small lips*
      is: full-lipped, thick-lipped, big-lipped
      not is: thin-lipped
    Big_Nose
      has: a big nose, a large nose, a wide nose, a huge nose, an enormous nose, a nose, a giant nose
      has: a prominent nose, a massive nose, a thick nose, a fat nose, a fleshy nose, big nostrils
      has: wide nostrils, a round nose, a potato nose
      has: a broad nose*, a bulbous nose*
      not has: a small nose, a little nose, a petite nose, a button nose, a delicate nose, a short nose
      not has: a tiny nose*
      is: big-nosed
    Black_Hair
      has: black hair, dark hair, jet-black hair, pitch-black hair, ebony hair, black locks
      has: deep black hair, inky hair, coal-black hair, very dark hair, blackened hair, midnight hair
      has: black curls, hair dyed black
      has: raven hair*, dark locks*
      is: black-haired, with black hair, black, dark, ebony
      is: dark-haired*
    Blond_Hair
      has: blond hair, blonde hair, fair hair, golden hair, yellow hair, light hair, platinum hair
      has: light blond hair, dirty blond hair, strawberry blond hair, honey hair, blond locks
      has: blonde curls, bleached hair, wheat-colored hair, pale hair, sunny hair, hair dyed blond
      has: ash blond hair, straw-colored hair, bright hair
      has: flaxen hair*, sandy hair*
      is: blond, blonde, golden-haired, blond-haired, light-haired, yellow-haired, tow-headed
      is: fair-haired*
      who: blondie
    Blurry
      is: blurry, blurred, fuzzy, out of focus, smudged, indistinct, low resolution, soft, smeared
      is: unclear, pixelated, grainy, foggy, misty, out-of-focus, unsharp, shaky, vague
      is: unfocused*, hazy*
      not is: in focus, clear, well-focused, detailed, high resolution, clearly visible, distinct
      not is: crisp*
      has: a blur, motion blur, a blurry picture, bad focus
    Brown_Hair
      has: brown hair, chestnut hair, brunette hair, light brown hair, dark brown hair, hazelnut hair
      has: mahogany hair, chocolate hair, copper hair, reddish brown hair, walnut hair
      has: coffee-colored hair, medium brown hair, hair dyed brown, brown curls, brunette locks
      has: russet hair, red hair, ginger hair
      has: auburn hair*, brown locks*
      is: brunette, brown-haired, brown, auburn-haired
      is: chestnut-haired*
    Bushy_Eyebrows
      has: bushy eyebrows, thick eyebrows, bushy brows, strong eyebrows, a unibrow, eyebrows
      has: full eyebrows, wild eyebrows, big eyebrows, wide eyebrows, hairy eyebrows, shaggy eyebrows
      has: thick brows, overgrown eyebrows, untamed brows, dark eyebrows, brows
      has: heavy brows*, dense eyebrows*
      not has: thin eyebrows, sparse eyebrows, fine eyebrows, narrow eyebrows, no eyebrows
      not has: threaded eyebrows, waxed eyebrows, thin brows
      not has: plucked eyebrows*
    Chubby
      is: chubby, fat, plump, overweight, heavy, round-faced, chunky, big, large, rotund, tubby, portly
      is: corpulent, flabby, fleshy, chubby-cheeked, bloated, stocky, well-fed, podgy
      is: obese*, stout*, pudgy*
      has: a round face, chubby cheeks, a fat face, a plump face, fat cheeks, puffy cheeks, a big face
      has: a moon face, weight, extra weight, full cheeks
      has: a full face*
      not is: thin, slim, slender, gaunt, bony, scrawny, underweight, thin-faced, emaciated, anorexic
      not is: slight, haggard-looking, trim
      not is: skinny*, lean*
      not has: hollow cheeks, a thin face, sunken cheeks, a slim face, a lean face, a gaunt face
      not has: a slender face
      not has: a narrow face*
    Double_Chin
      has: a double chin, jowls, a second chin, a heavy chin, a flabby neck, a chin, two chins, a fat chin
      has: a fat neck, a thick neck, extra chin, chins, a droopy chin, a big chin
      has: loose skin under the chin, a hanging chin
      has: a saggy chin*, chin fat*
      is: double-chinned
    Eyeglasses
      wears: eyeglasses, glasses, a pair of glasses, reading glasses, goggles, a monocle, bifocals
      wears: dark glasses, lenses, thick glasses, sun glasses, prescription glasses, nerdy glasses
      wears: round glasses, aviators, ray-bans, frames, rimless glasses, shades, wire-rimmed glasses
      wears: black glasses, a lorgnette, pince-nez, contact lenses, safety goggles
      wears: spectacles*, sunglasses*, specs*, eyewear*
      is: four-eyed, glasses-wearing, nerdy
      is: bespectacled*
      who: nerd
    Goatee
      has: a goatee, a chin beard, whiskers, a chin tuft, a goatee beard, a soul patch
      has: a beard on the chin, a tuft of beard, hair on the chin, a pointed beard, a small beard
      has: a trimmed beard on the chin, a circle beard
      has: a Van Dyke beard*, chin whiskers*
      is: goateed
    Gray_Hair
      has: gray hair, grey hair, white hair, silver hair, graying hair, salt-and-pepper hair, whitish hair
      has: ash gray hair, hair turned gray, frosty hair, pewter hair, steel-gray hair, snow-white hair
      has: grizzled hair, gray locks, gray streaks, greying hair, hair gone white
      has: silvery hair*, hoary hair*
      is: gray, grey, gray-haired, grey-haired, graying, greying, silver
      is: white-haired*, silver-haired*
    Heavy_Makeup
      wears: makeup, make-up, heavy makeup, cosmetics, eyeliner, foundation, face paint, eyeshadow, powder
      wears: cosmetic makeup, a lot of makeup, beauty products, blusher, concealer, eye makeup
      wears: false eyelashes, stage makeup, thick makeup, strong makeup, greasepaint, kohl, rimmel
      wears: lash extensions
      wears: mascara*, eye shadow*
      is: made-up, glamorous, dolled up, heavily made up, painted, wearing cosmetics
      is: glammed up*
      has: a painted face, dolled-up looks, colored eyelids, long lashes
      not is: bare-faced, makeup-free, natural
    High_Cheekbones
      has: high cheekbones, prominent cheekbones, cheekbones, chiseled cheekbones, cheeks
      has: pronounced cheekbones, strong cheekbones, lifted cheeks, elevated cheekbones
      has: sculpted cheekbones, visible cheekbones, a high cheek, marked cheekbones, cheek bones
      has: sharp cheekbones*, defined cheekbones*
    Male
      is: male, masculine, manly, virile, man-like, boyish-looking, male-looking
      is: macho*
      who: man, guy, boy, fellow, father, husband, king, brother, son, bloke, waiter, actor, male, chap
      who: mister, he-man, businessman, boyfriend, groom, prince, uncle, policeman, hero, grandfather
      who: cowboy, salesman, monk, nephew, sir
      who: gentleman*, dude*, lad*
      not is: female, feminine, girlish, woman-like, girly, maternal
      not is: womanly*, ladylike*
      not who: woman, girl, lady, mother, wife, queen, sister, princess, actress, waitress, female, madam
      not who: girlfriend, bride, businesswoman, aunt, grandmother, heroine, ballerina, hostess, niece
      not who: nun, maiden, mistress, countess, mom, ma'am
      not who: daughter*, gal*
      has: a man's face, a male face, masculine features
      not has: a woman's face, a female face, feminine features
    Mouth_Slightly_Open
      has: an open mouth, parted lips, lips apart, a slightly open mouth, visible teeth, teeth showing
      has: a mouth that is open, jaws apart, an agape mouth, an open jaw, a half-open mouth, a dropped jaw
      has: bared teeth, a mouth showing teeth, a wide open mouth, separated lips, a toothy mouth
      has: a gaping mouth*, parted teeth*
      is: talking, speaking, yawning, singing, shouting, screaming, gaping, agape, yelling, chattering
      is: laughing out loud, whispering, speechless, astonished
      is: open-mouthed*, gasping*
      not has: a closed mouth, a shut mouth, closed lips, lips pressed together, lips together
      not has: a tight mouth, hidden teeth, a zipped mouth
      not has: sealed lips*
      not is: silent, mute, quiet, closed-mouthed
      not is: tight-lipped*
    Mustache
      has: a mustache, a handlebar mustache, hair on the upper lip, a thick mustache, a pencil mustache
      has: a mustache above the lip, whiskers above the lip, a curled mustache, a walrus mustache
      has: a thin mustache, hair over the lip, mustaches, a big mustache, an upper-lip beard
      has: bushy mustache hair
      has: a moustache*, a stache*
      is: mustached, mustachioed-looking, with a mustache
      is: mustachioed*
    Narrow_Eyes
      has: narrow eyes, squinting eyes, small eyes, slit eyes, narrowed eyes, tiny eyes, slanted eyes
      has: thin eyes, beady eyes, sleepy eyes, almost closed eyes, closed eyes, little eyes
      has: eyes half shut, slitted eyes, hooded eyes, scrunched eyes
      has: half-closed eyes*, squinty eyes*
      is: squinting, peering, small-eyed, slit-eyed, winking, blinking
      is: narrow-eyed*
      not has: wide eyes, big eyes, wide open eyes, open eyes, huge eyes, round eyes, bulging eyes
      not has: bright open eyes, staring eyes, doe eyes
      not has: large eyes*
      not is: big-eyed, goggle-eyed
      not is: wide-eyed*
    No_Beard
      not has: a beard, a full beard, facial hair, a long beard, a bushy beard, a thick beard, beards
      not has: a goatee, a chin beard, a goatee beard, a gray beard, a bearded face, hair on the cheeks
      not has: a short beard, a trimmed beard, a rabbinical beard, a Santa Claus beard, a lumberjack beard
      not has: a face covered in hair, a stubbly beard
      not has: a hairy chin*
      not is: hairy, hairy-faced, unbarbered, shaggy-faced, with a beard, hirsute
      not is: bearded*
      is: clean-shaven, shaved, shaven, freshly shaved, well shaved, smooth-faced, barefaced
      is: smooth-cheeked, shaved smooth, just shaved
      is: beardless*, smooth-shaven*
      not who: lumberjack, wizard
      has: a clean shave, smooth cheeks, a smooth chin, a shaved face
    Oval_Face
      has: an oval face, an elongated face, an oval-shaped face, an oval head, a long face, an oblong face
      has: an ovoid face, a narrow long face, an oval shape, an oval facial shape, an oval outline
      has: a balanced face
      has: an egg-shaped face*, an elliptical face*
      is: oval, oval-faced, egg-shaped
      not has: a square face, a square jaw, a round jaw, a square chin, a boxy face, an angular face
      not has: a heart-shaped face, a wide face
      not has: a broad face*
    Pale_Skin
      has: pale skin, fair skin, white skin, light skin, a pale complexion, a light complexion
      has: very light skin, whitish skin, milky skin, a white complexion, ivory skin, colorless skin
      has: a pale face, a white face, pasty skin, bleached skin, alabaster skin
      has: porcelain skin*, pallor*
      is: pale, fair-skinned, light-skinned, pasty, pale-faced, white-skinned, wan, bloodless, ghostly
      is: sickly, anemic, light-complexioned, fair-complexioned, colorless
      is: pallid*, ashen*
      not has: dark skin, tanned skin, brown skin, a tan, olive skin, bronze skin, a suntan, black skin
      not has: a tanned face, tan skin, deep brown skin
      not has: a dark complexion*
      not is: dark-skinned, sunburnt, tan, bronzed, sun-tanned, brown-skinned, black-skinned, dusky
      not is: tanned*, swarthy*
    Pointy_Nose
      has: a pointy nose, a pointed nose, a sharp nose, a narrow nose, a hooked nose, a thin nose
      has: a pointed nose tip, a long nose, a straight nose, a nose with a point, a spiky nose
      has: a slim nose, a witch's nose, a sharp-tipped nose, a nose like a beak, an eagle nose
      has: a long thin nose
      has: an aquiline nose*, a beaky nose*
      is: pointy, sharp-nosed, pointy-nosed, pointed
      not has: a flat nose, a blunt nose, a rounded nose, a squashed nose, a stubby nose
      not has: a broad flat nose, a pug nose, a turned-up nose
      not has: a snub nose*
    Receding_Hairline
      has: a receding hairline, thinning hair, a high forehead, a big forehead, a high hairline
      has: a forehead, receding hair, a bald spot, hair thinning at the temples, a large forehead
      has: temples without hair, less hair, a retreating hairline, sparse hair, little hair
      has: hair falling out, an exposed forehead, a broad forehead
      has: a widow's peak*, hair loss*
      is: receding, going bald, thin-haired, losing hair, partly bald, half bald
      is: balding*
    Rosy_Cheeks
      has: rosy cheeks, red cheeks, pink cheeks, blush, rouge, a rosy complexion, rose-colored cheeks
      has: blushed cheeks, blushing cheeks, red-tinted cheeks, pinkish cheeks, colored cheeks
      has: apple cheeks, glowing cheeks, a flush, a healthy color, color in the cheeks, a red face
      has: flushed cheeks*, ruddy cheeks*
      is: blushing, rosy, flushed, red-faced, ruddy, pink-cheeked, red-cheeked, sunburned, embarrassed
      is: glowing, pink
      is: rosy-cheeked*
    Sideburns
      has: sideburns, long sideburns, sideboards, hair in front of the ears, a sideburn, side burns
      has: thick sideburns, hair on the sides of the face, hair beside the ears, Elvis sideburns
      has: side-whiskers growing down, hair down the cheeks, sideburns in front of the ears
      has: beard along the ears, a side beard
      has: side whiskers*, mutton chops*
      is: sideburned
    Smiling
      is: smiling, happy, laughing, cheerful, joyful, glad, amused, smiley, delighted, joyous, pleased
      is: laughing happily, jolly, chuckling, giggling, elated, overjoyed, friendly, cheery, content
      is: jovial, radiant, happy-looking, in a good mood, good-humored, lighthearted, euphoric, gleeful
      is: grinning*, beaming*, merry*
      has: a smile, a big smile, a happy face, a broad smile, a laugh, dimples, a smirk, a laughing face
      has: a wide smile, a toothy smile, a friendly face, a cheerful expression, a slight smile
      has: a sweet smile, laughter, joy, a happy expression, happiness, smiles
      has: a grin*
      not is: sad, serious, frowning, unhappy, angry, grumpy, upset, depressed, miserable, sorrowful, mad
      not is: furious, mournful, sullen, grim, melancholic, sulky, bored, annoyed, crying, weeping, solemn
      not is: bitter, dejected, bad-tempered, stone-faced, glum
      not is: gloomy*, unsmiling*, stern*
      not has: a frown, a sad face, a grimace, a serious face, an angry face, an unhappy expression
      not has: a grumpy expression, sadness, anger, a sour face, a pout, a sulk, a straight face
      not has: a scowl*
    Straight_Hair
      has: straight hair, smooth hair, straightened hair, flat hair, silky straight hair
      has: long straight hair, straight locks, ironed hair, poker-straight hair, hair without curls
      has: unwavy hair, uncurled hair, blow-dried straight hair, hair that is straight
      has: sleek hair*, lank hair*
      is: straight, with straight hair
      is: straight-haired*
    Wavy_Hair
      has: wavy hair, curly hair, curls, frizzy hair, wavy locks, permed hair, curled hair, waves
      has: loose curls, wild hair, crimped hair, an afro, big curls, wavy curls, hair with waves
      has: coiled hair, kinky hair, tousled hair, corkscrew curls, rippling hair, flowing hair
      has: ringlets*, a perm*
      is: wavy, curly, wavy-haired, curled, frizzy, frizzy-haired
      is: curly-haired*
    Wearing_Earrings
      wears: earrings, an earring, hoop earrings, pierced ears, ear rings, jewelry in the ears
      wears: pendant earrings, diamond earrings, gold earrings, pearl earrings, earring jewelry
      wears: jewelry on the ears, dangling earrings, studs in the ears, an ear ring, an ear piercing
      wears: big earrings, ear pendants, ear clips, ear hoops
      wears: ear studs*, ear jewelry*
      has: pierced earlobes
    Wearing_Hat
      wears: a hat, a cap, a baseball cap, a helmet, a sombrero, headgear, a bonnet, a cowboy hat, a hood
      wears: a turban, a top hat, a straw hat, a sun hat, a trilby, a bowler hat, a beret cap, a headscarf
      wears: headwear, a wool cap, a winter hat, a chef's hat, a party hat, a Panama hat, a crown, a tiara
      wears: a headband, a head covering, hats, a visor, a military cap, a stetson, a sailor cap
      wears: a knit cap, a bandana, a hardhat
      wears: a fedora*, a beanie*, a beret*
    Wearing_Lipstick
      wears: lipstick, red lipstick, lip color, lip paint, pink lipstick, dark lipstick, bright lipstick
      wears: lip makeup, lip stick, lip balm, lip tint, lip liner, scarlet lipstick, lipgloss, lip stain
      wears: lip varnish, lip cosmetics
      wears: lip gloss*, lip rouge*
      has: red lips, painted lips, colored lips, crimson lips, scarlet lips, lips painted red
      has: made-up lips, cherry lips, pink lips, shiny lips
      has: ruby lips*
    Wearing_Necklace
      wears: a necklace, a pendant, a neck chain, beads, a locket, a gold chain, jewelry, a gold necklace
      wears: a silver necklace, a chain around the neck, a neck ornament, a bead necklace, necklaces
      wears: a jewel around the neck, a cross on a chain, an amulet, a collar of jewels, a neckband
      wears: a pearl necklace, a medallion, a string of beads, a lace around the neck
      wears: pearls*, a choker*
    Wearing_Necktie
      wears: a necktie, a tie, a bow tie, a suit and tie, a suit, a bowtie, a silk tie, ties
      wears: a striped tie, a red tie, a shirt and tie, a black tie, a collar and tie, a formal suit
      wears: a tuxedo, business clothes, a business suit, formal wear, a necktie knot, an office outfit
      wears: a dress shirt with a tie, a school tie
      wears: a cravat*, neckwear*
      who: businessman, banker, lawyer
    Young
      is: young, teenage, childlike, younger, boyish, immature, youngish, adolescent-looking, fresh-faced
      is: girlish-looking, young-looking, underage, baby-like, infantile, in the teens, newborn, little
      is: youthful*, juvenile*, baby-faced*
      who: teenager, youth, child, kid, baby, young person, boy, girl, teen, toddler, infant, student
      who: minor, schoolboy, schoolgirl, young adult
      who: youngster*, adolescent*
      not is: old, elderly, aged, senior, wrinkled, older, elder, grizzled, aging, old-looking
      not is: gray with age, grown old, very old, time-worn, retired, in the sixties, geriatric, ageing
      not is: withered, mature
      not is: middle-aged*, ancient*
      not who: pensioner, grandparent, elder, grandfather, grandmother, grandpa, grandma, old person
      not who: elderly person, retiree, oldster, veteran, granny, elder person
      not who: senior citizen*, old-timer*
      not has: wrinkles, age spots, wrinkled skin, old age, old skin, an old face, lines on the face
      not has: deep wrinkles, a wrinkled face, creases, years
      not has: crow's feet*, wrinkly skin*
      has: youth, a young face, a baby face, smooth young skin, a child's face, youthfulness
    """
}
