"""What a Polish assistant needs and Rasa's stock pipeline lacks: lemmas, folded diacritics, a speller."""
