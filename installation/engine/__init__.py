"""The live music: performer, player, phrases, turn taking, scheduler and publisher."""
